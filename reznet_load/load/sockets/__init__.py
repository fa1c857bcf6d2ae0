"""The Socket.IO connections of all users on one loop: the reactor reads the sockets, sessions write to them."""
