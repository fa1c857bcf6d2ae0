"""Turns the files of a run into its rows, verdicts, cautions and findings (pandas). No document is made here."""
