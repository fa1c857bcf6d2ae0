"""Text in and out: addresses, secrets, foreign text made safe, files of the user."""
