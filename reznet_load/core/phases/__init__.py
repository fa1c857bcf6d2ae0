"""The course of a run: schedules of users, steady phases, steps, outages."""
