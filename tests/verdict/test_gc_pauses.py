"""A garbage collection is blamed on what the generator keeps in memory only for the time in which it had a core."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from reznet_load.core.rows import GC_PAUSE, GC_WAITED
from reznet_load.core.run import Caution
from reznet_load.result.assemble import assemble
from reznet_load.verdict.generator.gc_pauses import own_times
from tests import builders
from tests.stepped import series


def caution(folder: Path, took: float, waited: float | None) -> Caution | None:
    """What a run says whose longest collection took `took` ms, of which it had no core for `waited` ms."""
    rows, units = builders.healthy()
    rows[GC_PAUSE.key] = np.array([5.0, took, 8.0])
    if waited is not None:
        rows[GC_WAITED.key] = np.array([0.0, waited, 0.1])
    result = assemble(builders.write_run(folder / "run", rows, units))
    return next((one for one in result.cautions if one.id == "gc_pause"), None)


@pytest.mark.parametrize(
    ("took", "waited", "void", "blamed", "said"),
    [
        (20.0, 0.0, None, None, ""),
        (30.0, 0.0, False, True, "The longest garbage collection: 30"),
        (150.0, None, True, True, "The longest garbage collection: 150"),  # a run of an earlier version
        (150.0, 0.5, True, True, "The longest garbage collection: 150"),
        (130.0, 118.0, False, False, "It took 130 ms; for 118 ms of these the process had no core."),
        (160.0, 118.0, False, True, "It took 160 ms; for 118 ms of these the process had no core."),
        (260.0, 118.0, True, True, "It took 260 ms; for 118 ms of these the process had no core."),
    ],
)
def test_the_time_without_a_core_is_not_blamed_on_the_users_classes(
    tmp_path: Path, took: float, waited: float | None, void: bool | None, blamed: bool | None, said: str
) -> None:
    found = caution(tmp_path, took, waited)
    if void is None:
        assert found is None
        return
    assert found is not None and (found.void, "user classes" in found.remedy) == (void, blamed) and said in found.text
    assert blamed or "other programs" in found.remedy


@given(some.lists(some.tuples(some.floats(0, 500), some.floats(0, 500)), min_size=1, max_size=20))
def test_own_time_and_waiting_add_up_to_what_the_clock_showed(pairs: list[tuple[float, float]]) -> None:
    own, waited = (np.array(one) for one in zip(*pairs, strict=True))
    when, fine = np.arange(len(own)) + builders.ORIGIN, np.zeros(len(own))
    rows = {GC_PAUSE.key: own + waited, GC_WAITED.key: waited}
    found = own_times({key: series(key, when, values, fine) for key, values in rows.items()})
    assert np.allclose(found.value, own, atol=1e-3)
