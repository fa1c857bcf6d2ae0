"""Floor 2: what earlier runs found."""
