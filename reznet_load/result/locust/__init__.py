"""Readers for the files of every Locust version: CSVs and --json, one module per format."""
