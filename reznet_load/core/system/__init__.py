"""This machine and this installation: facts for the record of a run, child processes, shipped files."""
