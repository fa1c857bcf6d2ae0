"""Cautions as a reader has them: a remedy that several share is told once."""

from __future__ import annotations

from pathlib import Path

import pytest

from reznet_load.core.folder import DOCUMENT
from reznet_load.core.run import Caution
from reznet_load.report.publish import publish
from reznet_load.report.view import remedied
from tests import builders

LATE, STOOD = Caution("a", "Late.", "More workers."), Caution("b", "Stood.", "More workers.")
FILES, VOID = Caution("c", "Files.", "ulimit."), Caution("d", "Busy.", "More workers.", void=True)


@pytest.mark.parametrize(
    ("cautions", "expected"),
    [
        ((), []),
        ((LATE,), [("Late.", "More workers.", False)]),
        ((LATE, FILES, STOOD), [("Late. Stood.", "More workers.", False), ("Files.", "ulimit.", False)]),
        ((VOID, STOOD), [("Busy.", "More workers.", True), ("Stood.", "The remedy is the same.", False)]),
        ((LATE, VOID, STOOD), [("Late. Stood.", "More workers.", False), ("Busy.", "The remedy is the same.", True)]),
    ],
)
def test_a_shared_remedy_is_told_once(cautions: tuple[Caution, ...], expected: list[tuple[str, str, bool]]) -> None:
    assert [(one.text, one.remedy, one.void) for one in remedied(cautions)] == expected


def test_a_late_generator_is_told_its_workers_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, units = builders.healthy()
    rows["GAUGE loop lag"] = rows["GAUGE loop lag"] + 30
    rows["GAUGE calibration error"] = rows["GAUGE calibration error"] + 15
    rows["GAUGE generator cpu"][:] = 70.0
    folder = builders.write_run(tmp_path / "run", rows, units)
    publish(folder, new=False)
    for text in (capsys.readouterr().out, (folder / DOCUMENT).read_text(encoding="utf-8")):
        assert text.count("(WORKERS=") == 1
        assert all(text.count(said) == 1 for said in ("loop was late, p99", "adds to a known answer", "mean CPU"))
