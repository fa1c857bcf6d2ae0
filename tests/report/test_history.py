"""The history's table: the load for which its values were judged, and whose first byte it shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reznet_load.core.deployment import DeploymentFacts
from reznet_load.core.nfr import shipped_requirements
from reznet_load.core.profile import Phase
from reznet_load.core.run import RunResult
from reznet_load.history.line import HistoryLine
from reznet_load.history.store import line_of
from reznet_load.report.chat import past
from reznet_load.report.sections.history import cells, history
from reznet_load.report.view import View, view_of
from reznet_load.result.assemble import judge_folder
from tests import builders
from tests.history.lines import line, with_value

BYTE, TOKEN = "PROBE openai first byte", "CHAT first token"
PEAK = Phase("step 200", builders.ORIGIN + 70, builders.ORIGIN + 80, 200, False)


def run(folder: Path, first_byte: float, *more: Phase, users: int = 50) -> View:
    """A healthy run whose provider alone was asked twice, each time for `first_byte` ms."""
    rows, units = builders.healthy()
    info = builders.info()
    info = replace(info, users=users, scenario="stress", phases=(*info.phases, *more))
    made = builders.write_run(folder / "run", rows | {BYTE: np.full(2, first_byte)}, units, info)
    return view_of(judge_folder(made))


def own(view: View) -> dict[str, Any]:
    return history(view)["lines"][-1]


@pytest.mark.parametrize(
    ("more", "users", "said"),
    [
        ((), 50, "stress, 50 users, "),
        ((PEAK,), 200, "stress to 200 users, judged at 50, "),
        (
            (PEAK, replace(PEAK, name="step 100", users=100, judged=True)),
            200,
            "stress to 200 users, judged at up to 100, ",
        ),
        ((replace(PEAK, judged=True),), 200, "stress, 200 users, "),
    ],
)
def test_a_run_that_judged_below_its_peak_says_so(tmp_path: Path, more: tuple, users: int, said: str) -> None:
    assert own(run(tmp_path, 250.0, *more, users=users))["notes"].startswith(said)


def test_a_chat_backend_shows_the_runs_of_a_reznet_that_answered_at_its_address_before(tmp_path: Path) -> None:
    made = builders.write_run(
        tmp_path / "run", *builders.healthy(), builders.info(deployment=DeploymentFacts(dialect="openai"))
    )
    (made / "nfr.toml").write_bytes(shipped_requirements(False).read_bytes())
    view = view_of(judge_folder(made))
    view = replace(view, context=replace(view.context, history=(line(1, agent_response_p95=1310.0),)))
    shown = past.names(view)["history"]["lines"]
    assert len(shown) == 2 and set(shown[0]["values"]) == {"-"}


def test_the_first_byte_of_the_table_is_the_users_whatever_row_decided(tmp_path: Path) -> None:
    view = run(tmp_path, 5.0)  # twice is too few to pass: that row decides
    verdict, users = view.verdict("ttfb_mean"), view.row(TOKEN)
    assert verdict and verdict.row == BYTE and users and users.mean
    assert own(view)["values"][2] == f"{users.mean:.0f} ms" and history(view)["decided_elsewhere"]


def test_of_several_judged_phases_the_worst_first_token_is_kept(tmp_path: Path) -> None:
    view = run(tmp_path, 5.0)
    (row,) = [row for row in view.result.rows if row.key == TOKEN]
    later, peak = replace(row, phase="step 100", mean=900.0), replace(row, phase="step 200", mean=9000.0)
    phases = (*view.result.info.phases, replace(PEAK, name="step 100", judged=True), PEAK)
    result: RunResult = replace(
        view.result, rows=(*view.result.rows, later, peak), info=replace(view.result.info, phases=phases)
    )
    assert line_of(result).first_token == 900.0


def decided(row: str | None, first_token: float | None) -> HistoryLine:
    return replace(with_value(line(1, ttfb_mean=5.0), "ttfb_mean", row=row), first_token=first_token)


@pytest.mark.parametrize(
    ("found", "cell"),
    [
        (decided(TOKEN, 5.0), "5.00 ms ✅"),
        (decided(BYTE, 265.4), "265 ms"),
        (decided(BYTE, None), "5.00 ms ✅"),  # no agent users
        (decided(None, None), "5.00 ms ✅"),  # written before lines kept rows
        (line(1), "-"),
    ],
)
def test_old_lines_are_read_as_they_are(found: HistoryLine, cell: str) -> None:
    assert cells(found)[2] == cell
