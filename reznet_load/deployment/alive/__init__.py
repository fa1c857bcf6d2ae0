"""How runs on one deployment recognise which other runs are on, and what a killed run has left."""
