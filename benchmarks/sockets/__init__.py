"""What receiving costs: five clients hear the same fan-out, each in a process of its own (`make bench-sockets`)."""
