"""A run over time next to its profile: schedules of users, steadiness, steps, outages."""
