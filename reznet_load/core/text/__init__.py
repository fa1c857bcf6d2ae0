"""Text that comes and goes: addresses, secrets, foreign text made safe, files of the user."""
