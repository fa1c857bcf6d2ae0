"""This machine and this installation: facts for a run's record, child processes, shipped files."""
