"""What a run says while it is on: rows as they stand, what is broken, the table on a terminal."""
