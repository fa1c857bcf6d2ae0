"""Parses Locust's own options and their defaults only once in a worker.

Locust 2.47 parses all of them again for each option of each `spawn` message: 60 parsers, 80 ms in which the worker's
event loop is blocked, each second of a ramp-up and at each step of a load. 25 simulated workers in one process missed
their heartbeats.
"""

from __future__ import annotations

from functools import cache

from locust import argument_parser


def keep_default_options() -> None:
    """Make Locust parse them once in this process: they depend on nothing that changes. A second call does nothing."""
    if not hasattr(argument_parser.default_args_dict, "cache_info"):
        argument_parser.default_args_dict = cache(argument_parser.default_args_dict)
