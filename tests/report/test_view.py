"""Cautions as a reader sees them: a remedy that several share is shown once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reznet_load.core.folder import DOCUMENT
from reznet_load.core.run import Caution, Verdict
from reznet_load.report.publish import publish
from reznet_load.report.view import actual, remedied, sentence
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
def test_a_shared_remedy_is_shown_once(cautions: tuple[Caution, ...], expected: list[tuple[str, str, bool]]) -> None:
    assert [(one.text, one.remedy, one.void) for one in remedied(cautions)] == expected


def test_the_remedy_for_a_late_generator_is_shown_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, units = builders.healthy()
    rows["GAUGE loop lag"] = rows["GAUGE loop lag"] + 30
    rows["GAUGE calibration error"] = rows["GAUGE calibration error"] + 15
    rows["GAUGE generator cpu"][:] = 70.0
    folder = builders.write_run(tmp_path / "run", rows, units)
    publish(folder, new=False)
    for text in (
        capsys.readouterr().out,
        re.sub(r"\[([^]]*)\]\(#term-[^)]*\)", r"\1", (folder / DOCUMENT).read_text(encoding="utf-8")),
    ):
        assert text.count("(WORKERS=") == 1
        assert all(text.count(said) == 1 for said in ("loop was late, p99", "adds to a known answer", "mean CPU"))


STALL = "a stall may be hidden: p95 is 2 745 ms (90 % interval 7.56 ms to 3 962 ms)"
SPREAD = "7.94 ms (90 % interval 7.37 ms to 8.72 ms)"


@pytest.mark.parametrize(
    ("outcome", "reason", "expected"),
    [
        ("pass", "", f"{SPREAD}, n = 1001, CHAT echo"),
        ("warning", STALL, f"{SPREAD}, n = 1001, CHAT echo. A{STALL[1:]}."),
        (
            "fail",
            f"p95 {SPREAD} exceeds the limit of < 5 ms",
            f"{SPREAD}, n = 1001, CHAT echo",
        ),
        ("fail", f"mean {SPREAD} exceeds the limit of < 5 ms; p95 9 ms", f"{SPREAD}, n = 1001, CHAT echo. p95 9 ms."),
        ("warning", f"p95 {SPREAD} is too close to call", f"{SPREAD}, n = 1001, CHAT echo. p95 is too close to call."),
        ("warning", "9 samples are too few", f"{SPREAD}, n = 1001, CHAT echo. 9 samples are too few."),
    ],
)
def test_value_and_interval_are_always_there_and_once(outcome: str, reason: str, expected: str) -> None:
    found = Verdict("x", "X", outcome, "ms", "< 100 ms", 7.94, 7.37, 8.72, 1001, row="CHAT echo", reason=reason)
    assert actual(found) == expected
    assert actual(found).count(SPREAD) == 1


def test_users_are_the_lowest_reading() -> None:
    found = Verdict("x", "X", "pass", "users", ">= 100 users", 100.0, n=58, row="GAUGE sockets")
    assert actual(found) == "100 users (the lowest of n = 58 readings, one a second), GAUGE sockets"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("the limit was missed", "The limit was missed."),
        ("p95 is 3 s", "p95 is 3 s."),
        ("make load USERS=50", "make load USERS=50."),
        ("Is it so?", "Is it so?"),
        ("", ""),
    ],
)
def test_a_sentence_has_a_capital_letter_but_a_command_keeps_its_first(text: str, written: str) -> None:
    assert sentence(text) == written
