"""Load testing for AI-agent chat backends: drive, measure, judge, explain."""

__version__ = "0.2.0"
