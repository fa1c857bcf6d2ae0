"""Faults of the target, switched on by `--fault NAME`. A fault must fail a certain requirement and, if possible, no other.

names       the list of faults, and how often each occurs
servers     faults of PostgreSQL's schema
calls       faults of REST calls and the cache
disturb     faults that run in the background
slower      answers take longer by a known factor (`--process-time`) or by a known CPU time (`--compute-time`)
"""
