"""The probe of calls whose users left, against the simulated provider."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from reznet_load.core.settings.mix import parse_mix
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.marked_questions import new_mark
from reznet_load.probes.left_calls import LeftCallsProbe
from reznet_load.probes.probe import Notes, ProbeError
from tests.simulated_provider import provider
from tests.target.test_left_calls import leave, streaming, until

MIX = parse_mix("agent=1,impatient=1")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with provider("--first-token", "10ms", "--gap", "10ms", "--length", "20", "--shape", "constant") as url:
        yield url


def test_calls_of_users_who_left_since_the_run_was_prepared_are_counted(address: str) -> None:
    """Also those before the probe was ready; none of an earlier run."""
    earlier = new_mark()
    streaming(address, earlier).close()
    leave(address, earlier)
    until(address, lambda found: found["next"] == 1, 0)
    started = datetime.now(UTC).isoformat()
    cut, goes_on = new_mark(), new_mark()
    streaming(address, cut).close()
    leave(address, cut)
    notes = Notes()
    probe = LeftCallsProbe(Settings(mix=MIX, provider_url=address), notes, started)
    probe.open()
    answer = streaming(address, goes_on)
    leave(address, goes_on)
    answer.read()
    until(address, lambda found: found["next"] == 3, 0)
    found = probe.close()
    assert (found["calls"], found["to_their_end"], found["still_on"], found["unseen"]) == (2, 1, 0, 0)
    assert found["tokens"] > 8
    names = notes.take()[1]
    assert {f"{one['kind']} {one['name']}" for one in names} == {
        "PROBE call after leaving",
        "COUNT tokens after leaving",
    }


def test_another_server_is_no_provider_of_ours(address: str) -> None:
    probe = LeftCallsProbe(Settings(mix=MIX, provider_url=f"{address}/v1"), Notes())
    with pytest.raises(ProbeError, match="is not a `reznet-load provider`"):
        probe.open()
