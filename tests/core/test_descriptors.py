"""Open files and sockets, counted before the first user: the error has a number and a command, and is no backend
failure.
"""

from __future__ import annotations

import pytest

from reznet_load.core.errors import ConfigError
from reznet_load.core.system.descriptors import BASE, check, needed

MIX = {"rest": 24, "chat": 12, "agent": 14}


@pytest.mark.parametrize(
    ("mix", "processes", "callers", "wanted"),
    [
        ({}, 1, 0, BASE),
        ({"chat": 10}, 1, 0, BASE + 11),
        ({"rest": 10}, 1, 0, BASE + 22),
        (MIX, 1, 0, BASE + 82),  # 24 of them browse: a REST connection next to the socket
        (MIX, 2, 0, BASE + 41),
        (MIX, 1, 400, BASE + 482),
        ({"a kind of tomorrow": 10}, 1, 0, BASE + 22),
    ],
)
def test_needed_descriptors_count_sockets_rest_connections_and_files(
    mix: dict[str, int], processes: int, callers: int, wanted: int
) -> None:
    assert needed(mix, processes, callers) == wanted


@pytest.mark.parametrize("allowed", [64, 121])
def test_too_few_descriptors_are_refused_with_the_number_and_the_command(allowed: int) -> None:
    with pytest.raises(ConfigError, match=rf"needs 122 .* its limit is {allowed}: run `ulimit -n 122`"):
        check(needed(MIX), allowed, "the generator")
    check(needed(MIX), 122, "the generator")
