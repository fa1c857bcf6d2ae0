"""`report.html`: the results of a run as one page that works offline. Without JavaScript it shows SVGs and tables."""
