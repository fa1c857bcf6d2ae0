"""A smoke run with only failed turns fails, however few turns fit into its 15 seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reznet_load.result.assemble import judge_folder
from tests import builders


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 6])
def test_a_smoke_run_without_a_successful_turn_does_not_pass(tmp_path: Path, turns: int) -> None:
    rows, units = builders.healthy(seconds=15, users=5)
    rows = {key: values for key, values in rows.items() if key not in ("CHAT first token", "CHAT chunk gap")}
    rows["CHAT agent turn"] = np.full(turns, 900.0)
    errors = {"CHAT agent turn": (np.arange(turns) < turns, "silence: no first token in time")}
    info = builders.info(users=5, seconds=15, scenario="smoke")
    result = judge_folder(builders.write_run(tmp_path / "run", rows, units, info, errors=errors)).result
    assert (result.outcome, result.exit_code) == (("fail", 1) if turns > 1 else ("unjudged", 2))
