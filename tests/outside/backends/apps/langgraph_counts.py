"""What the graph saw. A module of its own: LangGraph's server loads the graph and the routes from two copies of their file."""

counts = {"asked": 0, "ended": 0, "left": 0}
