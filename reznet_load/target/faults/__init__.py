"""Faults of the target, each a switch `--fault NAME`: each must fail a certain requirement and, if possible, no other.

names       which there are, and how often one strikes      servers   those of PostgreSQL's schema
calls       those of REST calls and the cache               disturb   those that go on alongside the traffic
slower      everything takes a known factor longer (`--process-time`), or computes for a known time (`--compute-time`)
"""
