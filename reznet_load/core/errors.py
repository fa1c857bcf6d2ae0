"""What can go wrong before or around a run, and the exit code it means.

ReznetLoadError            anything the user is told in words, never as a traceback
├── ConfigError            malformed input: stops before the first user
└── TargetError            the backend cannot be reached or is not a RezNet backend
"""

from __future__ import annotations


class ReznetLoadError(Exception):
    """Base of every error that is for the reader; `cli.main` prints it and exits with `exit_code`."""

    exit_code = 2


class ConfigError(ReznetLoadError):
    """Bad input: says what was read, where, what is right, and what to do."""


class TargetError(ReznetLoadError):
    """The backend under test does not answer, or does not answer like a RezNet backend."""
