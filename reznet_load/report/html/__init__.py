"""`report.html`: one file to look at, offline, with the pictures of a run; without JavaScript its SVGs and tables stand."""
