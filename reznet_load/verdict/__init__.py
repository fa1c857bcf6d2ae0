"""Statistics over many measurements, and whether a requirement holds (numpy, scipy)."""
