"""What many measurements say together, and whether a requirement holds (numpy, scipy)."""
