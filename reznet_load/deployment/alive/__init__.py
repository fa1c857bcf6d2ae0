"""How runs on one deployment tell which of them are on, and what a killed one has left behind."""
