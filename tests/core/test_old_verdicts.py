"""Why a verdict is open is a value; for files of earlier versions it is derived from their words."""

from __future__ import annotations

from typing import Any

import pytest

from reznet_load.core.run_files import upgrade_verdict


@pytest.mark.parametrize(
    ("verdict", "value"),
    [
        ({"outcome": "pending", "reason": "void: the generator used 99 % of its core"}, "void"),
        ({"outcome": "pending", "reason": "nothing was measured in CHAT echo"}, "silent"),
        ({"outcome": "pending", "reason": "no DATABASE_URL"}, None),
        ({"outcome": "pending", "reason": "void: x", "open": "failures"}, "failures"),  # what it says itself stays
        ({"outcome": "warning", "reason": "nothing was measured in the last second"}, None),
    ],
)
def test_the_reason_of_an_open_verdict_is_read_from_earlier_versions(
    verdict: dict[str, Any], value: str | None
) -> None:
    upgrade_verdict(verdict)
    assert verdict.get("open") == value
