"""Sessions with backends that are not RezNet: replies as answers over HTTP or as events on a socket, read on the loop."""
