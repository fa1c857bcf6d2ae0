"""Faults of the target, each a switch `--fault NAME`: each must fail a certain requirement and, if possible, no other.

names       the list of faults, and how often one occurs
servers     faults of PostgreSQL's schema
calls       faults of REST calls and the cache
disturb     faults that run alongside the traffic
slower      everything takes a known factor longer (`--process-time`), or computes for a known time (`--compute-time`)
"""
