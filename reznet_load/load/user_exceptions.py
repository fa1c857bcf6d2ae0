"""Exceptions in user code: defects of the load test, never the backend's."""

from __future__ import annotations

from locust.env import Environment

from reznet_load.core.run import Caution


def user_exceptions(environment: Environment) -> tuple[Caution, ...]:
    """A Caution with their number and the first of them."""
    exceptions = list(environment.runner.exceptions.values()) if environment.runner else []
    if not exceptions:
        return ()
    count, first = sum(entry["count"] for entry in exceptions), exceptions[0]["msg"]
    return (
        Caution(
            "user_exceptions",
            f"{count} exceptions in the load test's own user code, the first: {str(first)[:200]}",
            "What these users did then is not measured; locust_exceptions.csv has the tracebacks.",
        ),
    )
