"""Floor 3, with pandas: from files to what a run was: rows, verdicts, cautions, findings. No document is made here."""
