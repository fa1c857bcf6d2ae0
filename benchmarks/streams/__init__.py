"""What reading streamed replies costs: clients that ask the same questions, each in a process of its own (`make bench-streams`)."""
