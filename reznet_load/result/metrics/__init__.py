"""A run folder as a Prometheus page: new samples of each process, counted by row, written as OpenMetrics text."""
