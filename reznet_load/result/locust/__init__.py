"""What Locust leaves of a run, of every generation: CSVs and --json, one file a format."""
