"""Cookies of a user: those that were given, renewed by the server, and those that it set."""
