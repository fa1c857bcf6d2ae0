"""The search for the most users that meet every requirement, and what its steps say."""
