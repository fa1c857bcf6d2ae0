"""One file a family of commands: `add` puts it into the command line, `act` does it. Each imports its own work."""
