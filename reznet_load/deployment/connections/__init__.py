"""Connections to the deployment: the one way out, and exchanges of HTTP on it."""
