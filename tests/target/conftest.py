"""One small target of each dialect, each with another provider's SDK behind it, for all contract tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.live.stack import target

PROVIDERS = {"v1": "anthropic", "v2": "openai"}


@pytest.fixture(scope="package")
def targets() -> Iterator[dict[str, dict[str, Any]]]:
    """Dialect -> ready file; each agent answers one at a time."""
    quick = ("--messages", "600", "--first-token", "60ms", "--gap", "5ms", "--length", "12", "--agent-concurrency", "1")
    with ExitStack() as stack:
        yield {
            dialect: stack.enter_context(target("--dialect", dialect, "--provider", provider, *quick))
            for dialect, provider in PROVIDERS.items()
        }


@pytest.fixture(params=["v1", "v2"])
def ready(request: pytest.FixtureRequest, targets: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Each dialect in turn."""
    return targets[request.param]
