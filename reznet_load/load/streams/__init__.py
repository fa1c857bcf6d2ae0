"""Connections to backends that are not RezNet. Replies come as HTTP answers or as events on a socket, read on the loop."""
