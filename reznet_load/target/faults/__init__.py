"""Faults of the target, each a switch `--fault NAME`: what a requirement must notice, and as far as it goes nothing else.

names       which there are, and how often one strikes      servers   those of PostgreSQL's schema
calls       those of REST calls and the cache               disturb   those that go on alongside the traffic
slower      everything takes a known factor longer (`--process-time`), or computes for a known time (`--compute-time`)
"""
