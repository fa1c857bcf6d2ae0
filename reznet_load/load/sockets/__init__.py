"""Sockets of all users on one loop: read by the reactor, spoken to by sessions."""
