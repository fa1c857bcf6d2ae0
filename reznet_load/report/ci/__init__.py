"""What a CI reads: JUnit, JSON with its schema, the summary of a GitHub job."""
