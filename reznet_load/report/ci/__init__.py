"""Files for a CI: JUnit, JSON with its schema, metrics, and the summary of a GitHub job."""
