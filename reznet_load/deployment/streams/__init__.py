"""Backends that stream their answers over HTTP: which one it is, and one question to it before any load."""
