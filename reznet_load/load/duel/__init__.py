"""Two deployments under the same load at the same time: users in pairs, one generator, a run folder for each side."""
