"""Drives two deployments with the same load at the same time: one generator, users in pairs, a run folder for each side."""
