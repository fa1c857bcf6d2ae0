"""What is measured and how it is kept: measurements, rows as records, statistics."""
