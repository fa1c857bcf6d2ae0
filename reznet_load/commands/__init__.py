"""One module per family of commands: `add` defines them on the command line, `act` runs them. Each imports what it
needs.
"""
