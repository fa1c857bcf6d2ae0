"""Floor 2, with numpy and scipy: what many measurements say together, and whether a requirement holds."""
