"""From files to what a run was: rows, verdicts, cautions, findings (pandas). No document is made here."""
