"""A run folder as a page of Prometheus: new samples of each process, counted by row, written as OpenMetrics text."""
