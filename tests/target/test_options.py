"""Options of the embedded target that are out of bounds are refused before its servers start."""

from __future__ import annotations

import argparse

import pytest

from reznet_load.core.errors import ConfigError
from reznet_load.target.options import add_arguments, from_namespace


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--length=NaN"], "--length: read nan, expected 1 to 100000"),
        (["--gap-spread=inf"], "--gap-spread: read inf, expected 0 to 5"),
        (["--length-spread=-1"], "--length-spread: read -1.0, expected 0 to 5"),
        (["--messages=999999999999999999999"], "expected 0 to 10000000"),
        (["--capacity=-1"], "--capacity: read -1, expected 0 to 1000000"),
        (["--process-time=0.5"], "--process-time: read 0.5, expected 1 to 100"),
        (["--host="], "--host: read '', expected an address"),
        (["--log-file=/"], "--log-file /: expected a file"),
        (["--ready-file=/nowhere/ready.json"], "--ready-file /nowhere/ready.json: expected a file"),
        (["--port=65536"], "--port: read 65536, expected 0 to 65535"),
    ],
)
def test_options_out_of_bounds_are_refused_with_their_bounds(words: list[str], says: str) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    with pytest.raises(ConfigError) as error:
        from_namespace(parser.parse_args(words))
    assert says in str(error.value)
