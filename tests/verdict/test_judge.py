"""Verdicts on run folders made of known numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reznet_load.core.measured.measurement import CUT_OFF, RECORD
from reznet_load.core.run import RunResult
from reznet_load.result.assemble import assemble
from reznet_load.verdict.judgement import SAMPLES, STALL
from tests import builders


def judged(folder: Path, **changes: object) -> RunResult:
    """A healthy run with rows replaced: `rows={key: values}`, and anything `write_run` takes."""
    rows, units = builders.healthy()
    rows |= changes.pop("rows", {})  # type: ignore[arg-type]
    units |= changes.pop("units", {})  # type: ignore[arg-type]
    return assemble(builders.write_run(folder / "run", rows, units, **changes))  # type: ignore[arg-type]


def outcomes(result: RunResult) -> dict[str, str]:
    return {verdict.id: verdict.outcome for verdict in result.verdicts}


def verdict(result: RunResult, id: str):
    return next(one for one in result.verdicts if one.id == id)


def test_a_healthy_run_passes_all_it_measured(tmp_path: Path) -> None:
    result = judged(tmp_path)
    assert (result.outcome, result.exit_code) == ("pass", 0)
    passed = {id for id, outcome in outcomes(result).items() if outcome == "pass"}
    assert passed >= {"agent_response_p95", "websocket_latency_p95", "ttfb_mean", "api_p50", "api_p95", "error_rate"}
    tried = verdict(result, "concurrent_users")
    assert (tried.outcome, tried.counts) == ("warning", False) and "100 not tried" in tried.reason


def test_slow_replies_fail_and_name_concurrency(tmp_path: Path) -> None:
    result = judged(tmp_path, rows={"CHAT agent turn": np.full(200, 4800.0), "CHAT first token": np.full(200, 4000.0)})
    found = outcomes(result)
    assert result.exit_code == 1 and found["agent_response_p95"] == found["ttfb_mean"] == "fail"
    assert {id for id, outcome in found.items() if outcome == "fail"} == {"agent_response_p95", "ttfb_mean"}
    users = verdict(result, "concurrent_users")
    assert (
        users.outcome == "warning"
        and users.counts
        and "failed: Agent Response Time (p95), Time to First Byte (TTFB, mean)" in users.reason
    )


def test_few_slow_replies_fail_at_once_and_few_fast_ones_never_pass(tmp_path: Path) -> None:
    slow = judged(tmp_path / "slow", rows={"CHAT agent turn": np.full(20, 9000.0)})
    assert outcomes(slow)["agent_response_p95"] == "fail"
    fast = judged(tmp_path / "fast", rows={"CHAT agent turn": np.full(60, 900.0)})
    assert outcomes(fast)["agent_response_p95"] == "warning"
    assert "too few for a Pass, which needs 73" in verdict(fast, "agent_response_p95").reason


def test_one_short_disturbance_far_below_the_limit_is_no_warning(tmp_path: Path) -> None:
    values = np.full(200, 900.0)
    values[100:104] = 2000.0
    assert outcomes(judged(tmp_path, rows={"CHAT agent turn": values}))["agent_response_p95"] == "pass"


def test_a_value_on_its_limit_is_a_warning_that_says_how_much_more(tmp_path: Path) -> None:
    values = np.full(200, 900.0)
    values[::25] = 3500.0  # 4 % at or past the limit
    found = verdict(judged(tmp_path, rows={"CHAT agent turn": values}), "agent_response_p95")
    assert found.outcome == "warning" and "more samples would tell" in found.reason


def test_busy_answers_fail_their_own_row_and_leave_latency_unjudged(tmp_path: Path) -> None:
    failed = np.arange(200) % 3 == 0
    result = judged(tmp_path, errors={"CHAT agent turn": (failed, "busy: the agent answers somebody else")})
    assert outcomes(result)["error_rate"] == "fail" and verdict(result, "error_rate").row == "CHAT agent turn"
    assert "33.5 % of CHAT agent turn failed" in verdict(result, "agent_response_p95").reason
    assert outcomes(result)["api_p95"] == "pass"


def test_cut_off_turns_count_only_once_they_are_past_the_limit(tmp_path: Path) -> None:
    young, old = np.full(200, 900.0), np.full(200, 900.0)
    cut = np.arange(200) % 4 == 0
    old[cut] = 5000.0
    for values, outcome in ((young, "pass"), (old, "fail")):
        result = judged(
            tmp_path / outcome, rows={"CHAT agent turn": values}, errors={"CHAT agent turn": (cut, CUT_OFF)}
        )
        assert outcomes(result)["agent_response_p95"] == outcome
        assert outcomes(result)["error_rate"] == "pass"


def test_a_stall_that_waiting_users_hide_is_a_warning(tmp_path: Path) -> None:
    late = {"GET /health": np.where(np.arange(330) % 10 == 0, 3.0, 0.0)}
    found = verdict(judged(tmp_path, late=late), "api_p95")
    assert (found.outcome, found.open) == ("warning", STALL) and found.value and found.value < 5
    assert found.reason.startswith(
        "a stall may be hidden by the closed loop: measured from the scheduled send time, p95 is 3 0"
    )


def test_silence_is_never_a_pass(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    del rows["CHAT agent turn"]
    result = assemble(builders.write_run(tmp_path / "run", rows, units))
    assert (result.outcome, result.exit_code) == ("unjudged", 2)
    assert "nothing was measured" in verdict(result, "agent_response_p95").reason


def test_an_unmet_need_is_pending_and_does_not_count(tmp_path: Path) -> None:
    result = judged(tmp_path, run=builders.info(has=("rest", "chat")))
    found = verdict(result, "agent_response_p95")
    assert (found.outcome, found.counts) == ("pending", False) and "no agent users" in found.reason
    assert result.outcome == "pass"


@pytest.mark.parametrize(
    ("gauge", "values", "caution"),
    [
        ("GAUGE loop lag", np.full(1200, 60.0), "loop_lag"),
        ("GAUGE generator cpu", np.full(60, 95.0), "generator_cpu"),
        ("GAUGE late start", np.full(300, 70.0), "late_start"),
        ("GAUGE calibration error", np.where(np.arange(600) % 15, 1.0, 25.0), "calibration"),
        ("GAUGE users", np.full(60, 49.0), "too_few_users"),
        ("GAUGE users", np.where(np.arange(60) < 10, 60.0, 50.0), "too_many_users"),
        ("GAUGE gc pause", np.full(3, 150.0), "gc_pause"),
        ("GAUGE open files", np.full(60, 95.0), "open_files"),
    ],
)
def test_a_generator_at_its_limit_voids_the_run(tmp_path: Path, gauge: str, values: np.ndarray, caution: str) -> None:
    result = judged(tmp_path, rows={gauge: values})
    assert (result.outcome, result.exit_code) == ("void", 3)
    assert set(outcomes(result).values()) == {"pending"}
    assert verdict(result, "agent_response_p95").value is not None
    assert any(one.id == caution and one.void and one.remedy for one in result.cautions)


@pytest.mark.parametrize(("late", "remedy"), [(slice(0, 5), "give them longer, --ramp"), (slice(20, 25), "locust.log")])
def test_users_still_arriving_are_distinguished_from_users_who_left(tmp_path: Path, late: slice, remedy: str) -> None:
    users = np.full(60, 50.0)
    users[late] = 40.0
    (found,) = [one for one in judged(tmp_path, rows={"GAUGE users": users}).cautions if one.id == "too_few_users"]
    assert found.void and found.text.endswith(" seconds of steady: 40.") and remedy in found.remedy


def test_one_stolen_slice_of_an_idle_machine_does_not_void(tmp_path: Path) -> None:
    lag = np.full(1200, 1.0)
    lag[[300, 700]] = 150.0
    assert judged(tmp_path, rows={"GAUGE loop lag": lag}).outcome == "pass"


@pytest.mark.parametrize(("share", "outcome"), [(0.04, None), (0.06, "warn")])
def test_calibration_judges_its_p95(tmp_path: Path, share: float, outcome: str | None) -> None:
    error = np.where(np.arange(600) % 100 < 100 * share, 15.0, 0.5)
    found = [c for c in judged(tmp_path, rows={"GAUGE calibration error": error}).cautions if c.id == "calibration"]
    assert [c.void for c in found] == ([] if outcome is None else [False])


def test_a_run_without_calibration_says_so(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    del rows["GAUGE calibration error"]
    result = assemble(builders.write_run(tmp_path / "run", rows, units))
    assert result.outcome == "pass" and "not_calibrated" in {caution.id for caution in result.cautions}


@pytest.mark.parametrize(
    ("cpu", "workers", "remedy"),
    [
        (170.0, 1, "3 workers more (WORKERS=4)"),
        (95.0, 1, "1 worker more (WORKERS=2)"),
        (20.0, 1, "Look for a blocking call"),
        (0.0, 2, "1 worker more (WORKERS=3)"),
    ],
)
def test_the_remedy_counts_the_workers(tmp_path: Path, cpu: float, workers: int, remedy: str) -> None:
    rows = {"GAUGE loop lag": np.full(1200, 60.0), "GAUGE generator cpu": np.full(60, cpu)}
    result = judged(tmp_path, rows=rows, run=builders.info(workers=workers))
    assert remedy in next(one.remedy for one in result.cautions if one.id == "loop_lag")


@pytest.mark.parametrize(("waited", "said"), [(2.0, "blocking call"), (30.0, "waited for a core 30 % of the time")])
def test_the_remedy_tells_a_blocked_loop_from_a_machine_that_others_use(
    tmp_path: Path, waited: float, said: str
) -> None:
    rows = {"GAUGE loop lag": np.full(1200, 60.0), "GAUGE waiting for a core": np.full(60, waited)}
    result = judged(tmp_path, rows=rows, units={"GAUGE waiting for a core": "%"})
    assert said in next(one.remedy for one in result.cautions if one.id == "loop_lag")


def test_a_quota_that_held_the_generator_back_is_named_and_no_other_program(tmp_path: Path) -> None:
    rows = {
        "GAUGE loop lag": np.full(1200, 60.0),
        "GAUGE waiting for a core": np.full(60, 40.0),
        "GAUGE throttled": np.full(60, 40.0),
        "GAUGE cpu quota": np.full(60, 50.0),
    }
    result = judged(tmp_path, rows=rows, units=dict.fromkeys(list(rows)[1:], "%"))
    found = {one.id: one for one in result.cautions}
    for id in ("loop_lag", "throttled"):
        assert "throttled 40 % of the time by a quota of 0.5 cores" in found[id].remedy
        assert "other programs" not in found[id].remedy
    assert not found["throttled"].void and "40" in found["throttled"].text


def test_users_who_fall_behind_are_reported_and_void_nothing(tmp_path: Path) -> None:
    for growth, said in ((0.2, True), (0.0, False)):
        late = {"CHAT agent turn": growth * (np.arange(200) + 0.5) * 60 / 200}
        result = judged(tmp_path / str(growth), late=late)
        found = [c for c in result.cautions if c.id == "rate_not_reached"]
        assert len(found) == said and result.outcome != "void"
        assert not found or "80 % of the starts" in found[0].text


def test_a_lost_socket_fails_concurrency(tmp_path: Path) -> None:
    sockets = np.full(60, 50.0)
    sockets[30] = 49
    found = verdict(judged(tmp_path, rows={"GAUGE sockets": sockets}), "concurrent_users")
    assert found.outcome == "fail" and "49 of 50" in found.reason


def test_a_hundred_sockets_in_every_second_pass(tmp_path: Path) -> None:
    rows, units = builders.healthy(users=100)
    result = assemble(builders.write_run(tmp_path / "run", rows, units, builders.info(users=100)))
    assert outcomes(result)["concurrent_users"] == "pass"


def test_a_run_of_ours_without_samples_is_unjudged(tmp_path: Path) -> None:
    folder = builders.write_run(tmp_path / "run", {}, {})
    assert (assemble(folder).outcome, assemble(folder).exit_code) == ("unjudged", 2)


def test_damaged_names_files_do_not_stop_reading(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path / "run", rows, units)
    with (folder / "samples" / "local.names.jsonl").open("a") as names:
        names.write(
            '[1,2]\n5\n{"error": 99999999999, "text": "x"}\n{"error": -1, "text": "x"}\n{"row": 1, "kind": "CHAT"}\n'
        )
        names.write('{"row": 1, "kind": "CHAT", "name": "first token", "unit": "parsecs"}\n')
    assert assemble(folder).rows


def test_ramp_up_is_in_no_percentile(tmp_path: Path) -> None:
    run = builders.info()
    slow = {"CHAT agent turn": np.full(200, 900.0)}
    folder = builders.write_run(tmp_path / "run", builders.healthy()[0] | slow, builders.healthy()[1], run)
    with (folder / "samples" / "local.bin").open("ab") as file:
        for _ in range(500):
            file.write(RECORD.pack(builders.ORIGIN + 5, 60_000.0, float("nan"), 0, 0))
    result = assemble(folder)
    assert outcomes(result)["agent_response_p95"] == "pass"
    ramp = next(row for row in result.rows if row.key == "CHAT agent turn" and row.phase == "ramp-up")
    assert ramp.count == 500


def test_workers_clocks_are_set_right_and_torn_tails_left_out(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path / "run", rows, units, builders.info(clock_offsets={"local": 3600.0}))
    data = np.fromfile(folder / "samples" / "local.bin", np.dtype([("start", "<f8"), ("rest", "V12")]))
    data["start"] += 3600
    (folder / "samples" / "local.bin").write_bytes(data.tobytes() + b"torn")
    with (folder / "samples" / "local.names.jsonl").open("a") as file:
        file.write('{"row": 99, "ki')
    assert assemble(folder).outcome == "pass"


def test_a_killed_run_is_judged_on_what_is_there(tmp_path: Path) -> None:
    result = judged(tmp_path, run=builders.info(ended=""))
    assert any(caution.id == "killed" for caution in result.cautions) and result.rows


def test_a_warning_whose_bounds_hold_says_what_is_not_proven(tmp_path: Path) -> None:
    values = np.full(90, 20.0)
    values[0] = 150.0
    found = verdict(judged(tmp_path, rows={"CHAT ping": values}), "websocket_latency_p95")
    assert (found.outcome, found.high) == ("warning", 20.0)
    assert (
        "is not proven to meet the limit of < 100 ms: up to 6.0 % of the samples may miss it" in found.reason
        and "the interval contains" not in found.reason
        and found.open == SAMPLES
    )


def test_a_single_failure_proves_no_latency_row_broken(tmp_path: Path) -> None:
    key = "PROBE openai first byte"
    one = judged(tmp_path / "one", rows={key: np.full(1, 5.0)}, errors={key: (np.arange(1), "HTTP 401")})
    assert verdict(one, "ttfb_mean").outcome == "pass" and one.exit_code == 0
    all_of_ten = judged(tmp_path / "ten", rows={key: np.full(10, 5.0)}, errors={key: (np.arange(10), "HTTP 401")})
    assert "10 of 10" in verdict(all_of_ten, "ttfb_mean").reason
