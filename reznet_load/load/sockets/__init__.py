"""Sockets of all users on one loop: the reactor reads them, sessions write to them."""
