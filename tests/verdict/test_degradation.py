"""Graceful degradation on runs of known numbers, both ways."""

from __future__ import annotations

import numpy as np
import pytest

from reznet_load.core.nfr import load_requirements
from reznet_load.core.profile import steady, stress
from reznet_load.core.run import Verdict
from reznet_load.core.system.resources import resource
from reznet_load.report.sections.s6_steps import line
from reznet_load.verdict.beyond.degradation import degradation
from reznet_load.verdict.samples import Series
from reznet_load.verdict.steps import steps
from tests.stepped import BUSY, SILENCE, UNAVAILABLE, Traffic, each_second, row, series, stepped

REQUIREMENTS = load_requirements(resource("nfr.toml"))
RUN = stepped(stress(50, 100, 15), "stress")
CALM = [Traffic(3.3), Traffic(6.7), Traffic(13.3), Traffic(3.3)]
TURN = "CHAT agent turn"


def lines(traffic: list[Traffic], **more: Series) -> dict[str, Verdict]:
    found = {TURN: row(TURN, RUN, traffic), "GAUGE sockets": each_second("GAUGE sockets", RUN)}
    found["GAUGE target memory"] = each_second("GAUGE target memory", RUN, "MB")
    return {line.id: line for line in degradation(REQUIREMENTS, RUN, found | {one.key: one for one in more.values()})}


def test_goodput_that_grows_with_users_has_no_knee() -> None:
    found = lines(CALM)
    assert {line.outcome for id, line in found.items() if id != "refusals"} == {"pass"} and len(found) == 6
    assert (found["knee"].reason, found["knee"].low) == ("none up to 200 users: goodput grew with the users", None)
    assert found["refusals"].outcome == "pending"
    assert found["refusals"].reason.startswith("nothing was refused or failed (0 of 1 330 operations)")
    assert found["no_crash"].reason.startswith("the target's process was there in every second")


def bursts(each: list[float], depth: float) -> Series:
    """Replies of the climbing phases at these rates, every other tenth of a phase with `depth` more, the others with less."""
    starts = []
    for phase, rate in zip([p for p in RUN.phases if p.part != "settle"], each, strict=True):
        for tenth in range(10):
            count = round(rate * (1 + depth * (-1) ** tenth) * phase.seconds / 10)
            starts.append(phase.start + (tenth + (np.arange(count) + 0.5) / max(count, 1)) * phase.seconds / 10)
    start = np.concatenate(starts)
    return series(TURN, start, np.full(len(start), 900.0))


@pytest.mark.parametrize(
    ("each", "depth", "outcome", "value", "says"),
    [
        ([3.3, 6.7, 13.3, 3.3], 0.1, "pass", "-", "none up to 200 users: goodput grew with the users"),
        ([3.3, 6.7, 13.3, 3.3], 0.5, "warning", "-", "none seen, and none ruled out between 50 and 200 users: at 100 each"),
        ([3.3, 6.7, 6.7, 3.3], 0.1, "pass", "between 100 and 200 users", "at 200 each user gets 51 % (90 % interval"),
        ([3.3, 6.2, 3.3, 3.3], 0.4, "warning", "between 50 and 200 users", "at 200 each user gets 25 % (90 % interval"),
        ([3.3, 3.3, 3.3, 3.3], 0.1, "warning", "between 50 and 100 users", "at 100 each user gets 50 %"),
    ],
)  # fmt: skip
def test_a_knee_is_ruled_out_only_by_whole_intervals(
    each: list[float], depth: float, outcome: str, value: str, says: str
) -> None:
    found = lines(CALM, turns=bursts(each, depth))["knee"]
    assert (found.outcome, found.value) == (outcome, None) and found.reason.startswith(says)
    assert (line(found)["value"], found.limit, found.counts) == (value, "not below 100 users", False)


def test_a_row_that_cannot_be_compared_is_named() -> None:
    rare = row("GET /rare", RUN, [Traffic(0.1), Traffic(0.2), Traffic(0.0), Traffic(0.1)])
    found = lines(CALM, rare=rare)
    knee, kept = found["knee"], found["goodput_kept"]
    assert (knee.outcome, knee.value, knee.low) == ("warning", None, None)
    assert knee.reason == "none up to 200 users in the other rows, but GET /rare had too few good operations to compare"
    # It kept twice its maximum: shown as at most all of it.
    assert (kept.outcome, kept.value, kept.low) == ("warning", 100.0, None)
    assert kept.reason.endswith("6.70/s at 100 users; GET /rare had too few good operations to compare")
    assert lines([*CALM[:2], Traffic(3.3), CALM[3]], rare=rare)["goodput_kept"].outcome == "fail"


def test_a_run_within_the_expected_load_has_no_lines() -> None:
    calm = stepped(steady(50, 60, 10), "load")
    assert degradation(REQUIREMENTS, calm, {TURN: row(TURN, calm, [Traffic(3.3)])}) == ()


def test_refusing_what_is_too_much_is_graceful() -> None:
    found = lines([*CALM[:2], Traffic(6.7, failures=8.0, error=BUSY), CALM[3]])
    assert {line.outcome for line in found.values()} == {"pass"}
    assert (found["knee"].low, found["knee"].high) == (100, 200)
    assert "of 800 failures were explicit" in found["refusals"].reason


@pytest.mark.parametrize(
    ("kept", "outcome"), [(1.0, "pass"), (0.8, "warning"), (0.5, "fail"), (0.0, "fail")], ids=lambda value: str(value)
)
def test_goodput_that_falls_beyond_the_knee(kept: float, outcome: str) -> None:
    found = lines([*CALM[:2], Traffic(6.7 * kept), CALM[3]])
    assert found["goodput_kept"].outcome == outcome
    assert found["goodput_kept"].value == pytest.approx(100 * kept, abs=2)
    said = f"answered in < 3 s: {6.7 * kept:.2f}/s at 200 users; the most with fewer users: 6.70/s at 100 users"
    assert (found["goodput_kept"].reason, found["goodput_kept"].row) == (said, TURN)


def test_answers_that_come_too_late_are_no_goodput() -> None:
    found = lines([*CALM[:2], Traffic(6.7, value=7000.0), CALM[3]])
    assert (found["goodput_kept"].outcome, found["goodput_kept"].value) == ("fail", 0.0)
    assert found["accepted_p95"].outcome == "fail" and found["accepted_p95"].limit == "<= 6 000 ms (2 × target)"


@pytest.mark.parametrize(
    ("failures", "outcome"),
    [
        (Traffic(6.7, failures=4.0, error=BUSY), "pass"),
        (Traffic(6.7, failures=4.0, error=UNAVAILABLE), "pass"),
        (Traffic(6.7, failures=4.0, error=SILENCE, failed_after=30_000.0), "fail"),
        (
            Traffic(6.7, failures=4.0, error=BUSY, failed_after=1500.0),
            "fail",
        ),  # a refusal that comes late is no refusal
        (Traffic(6.7, failures=0.03, error=SILENCE), "warning"),  # three failures prove nothing
    ],
)
def test_failures_are_refusals_that_come_soon(failures: Traffic, outcome: str) -> None:
    assert lines([*CALM[:2], failures, CALM[3]])["refusals"].outcome == outcome


def test_silence_has_no_knee_and_no_refusals() -> None:
    found = lines([Traffic(0.05), Traffic(0), Traffic(0), Traffic(0)])
    assert {id: found[id].outcome for id in ("knee", "goodput_kept", "accepted_p95", "refusals")} == dict.fromkeys(
        ("knee", "goodput_kept", "accepted_p95", "refusals"), "pending"
    )
    assert found["refusals"].reason == "no operation ended beyond the expected users"


def test_a_process_that_ended_is_a_crash_and_counts() -> None:
    gone = each_second("GAUGE target memory", RUN, "MB", until=90)
    found = lines(CALM, gone=gone)["no_crash"]
    assert (found.outcome, found.counts, found.required) == ("fail", True, True) and "last seen" in found.reason
    probes_ended = {"gone": gone, "other": each_second("GAUGE postgres memory", RUN, "MB", until=90)}
    assert lines(CALM, **probes_ended)["no_crash"].outcome == "pass"


def test_without_process_and_sockets_a_crash_is_unknown() -> None:
    blind = {line.id: line for line in degradation(REQUIREMENTS, RUN, {TURN: row(TURN, RUN, CALM)})}["no_crash"]
    assert (blind.outcome, blind.counts, blind.value) == ("pending", True, None) and "neither" in blind.reason
    sockets = each_second("GAUGE sockets", RUN)
    found = {TURN: row(TURN, RUN, CALM), "GAUGE sockets": sockets}
    far = {line.id: line for line in degradation(REQUIREMENTS, RUN, found)}["no_crash"]
    assert far.outcome == "pass" and far.reason.startswith("its process could not be seen, every socket stayed open")


def test_a_recovery_that_does_not_come_counts() -> None:
    found = lines([*CALM[:3], Traffic(3.3, value=5000.0)])["recovery"]
    assert (found.outcome, found.value, found.counts) == ("warning", None, True)
    assert found.title == "Recovery after the end of step 200"  # its users begin to leave there
    assert "not seen within the 1m55s" in found.reason
    assert lines(CALM)["recovery"].value == 0.0


def test_each_step_is_judged_by_itself() -> None:
    found = {TURN: row(TURN, RUN, [*CALM[:2], Traffic(6.7, value=7000.0), CALM[3]])}
    told = steps(REQUIREMENTS, RUN, found)
    assert [step.users for step in told] == [50, 100, 200, 50]
    assert (
        told[2].state == "fail"
        and told[2].reason.startswith("Agent Response Time (p95): p95")
        and told[0].state != "fail"
    )
    assert told[0].goodput == pytest.approx(3.3, rel=0.02) and told[2].goodput == 0
    assert [step.good[TURN] for step in told] == [step.goodput for step in told]


def test_throughput_is_what_was_answered_in_a_step_not_what_began() -> None:
    found = {TURN: row(TURN, RUN, [*CALM[:2], Traffic(6.7, value=50_000.0), CALM[3]])}
    told = steps(REQUIREMENTS, RUN, found)
    assert told[2].turns == pytest.approx(6.7 * 65 / 100, rel=0.05) and told[3].turns > 5  # 50 s late, each of them
