"""A process of the generator that stood still is named, with its users and the time; nothing is guessed then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reznet_load.core.run import Caution
from reznet_load.result.assemble import assemble
from tests import builders


def stopped(folder: Path, milliseconds: float, **changes: object) -> Path:
    """A healthy run whose loop was late by so much once, in the middle of its steady phase."""
    rows, units = builders.healthy()
    rows["GAUGE loop lag"][600] = milliseconds
    rows["GAUGE users"] = np.full(60, 50.0)
    units["GAUGE users"] = "users"
    return builders.write_run(folder, rows, units, builders.info(**changes))


def test_a_process_that_stood_still_is_named_with_users_and_time_and_voids_the_run(tmp_path: Path) -> None:
    result = assemble(stopped(tmp_path, 9000.0))
    (caution,) = [one for one in result.cautions if one.id == "stood_still_local"]
    assert result.outcome == "void" and caution.void
    assert "Process local of the generator with its 50 users stood still for 9s (31 s to 40 s" in caution.text
    guesses = [one.remedy for one in result.cautions if one.id in ("loop_lag", "loop_stalls")]
    assert not any("WORKERS" in remedy or "blocking call" in remedy for remedy in guesses)


def test_it_replaces_the_masters_guess_of_a_cut_connection(tmp_path: Path) -> None:
    away = Caution("worker_away_local", "Worker local was away", "Look", True)
    ids = {one.id for one in assemble(stopped(tmp_path, 9000.0, cautions=(away,))).cautions}
    assert "stood_still_local" in ids and "worker_away_local" not in ids
    other = replace(away, id="worker_away_w2")
    assert "worker_away_w2" in {one.id for one in assemble(stopped(tmp_path / "b", 9000.0, cautions=(other,))).cautions}


@pytest.mark.parametrize("milliseconds", [0.0, 90.0, 2900.0])
def test_a_loop_that_is_only_late_did_not_stand_still(tmp_path: Path, milliseconds: float) -> None:
    assert not [one for one in assemble(stopped(tmp_path, milliseconds)).cautions if one.id.startswith("stood_still")]
