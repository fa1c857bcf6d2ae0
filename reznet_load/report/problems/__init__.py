"""The top problems of a run: problem (the record), broken, slow, open, and every (all of them, the worst first)."""
