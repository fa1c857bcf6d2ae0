"""Loads of real servers by the real command: figures, verdicts and exit code are what the servers' known times make them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.stack import Ran, run
from tests.outside.backends.installed import MARKS
from tests.outside.backends.servers import FIRST_MS, GAP_MS, STREAMS, TOKENS, WHOLE_MS, Server

pytestmark = MARKS
USERS = 20
LOAD = ("load", "--users", str(USERS), "--duration", "20s", "--ramp", "2s")
VOID = 3
ATTEMPTS = 3
OVERHEAD_MS = 150.0  # that a server and a machine may add to the model's first token
QUEUED_MS = 2_000.0  # LangGraph's server begins a run when it next looks into its queue, about once a second
# What is asked of LangGraph's server, which is that slow to begin.
SLOW_START = "".join(
    f'[[nfr]]\nid = "{name}"\nlimit = "< {limit} s"\n'
    for name, limit in (("first_token_mean", 3), ("first_token_p95", 5))
)


def loaded(folder: Path, *words: str) -> Ran:
    """A run that says something of the backend: one whose generator was kept from its core by others is repeated."""
    for attempt in range(ATTEMPTS):
        ran = run(folder / str(attempt), *LOAD, *words, limit=150)
        if ran.code != VOID:
            break
    return ran


def requirements(name: str, folder: Path) -> tuple[str, ...]:
    """`--nfr FILE` where the shipped ones do not fit."""
    if name != "langgraph":
        return ()
    file = folder / "slow_start.toml"
    file.write_text(SLOW_START)
    return ("--nfr", str(file))


@pytest.mark.parametrize("name", STREAMS)
def test_a_load_has_the_times_of_the_model_and_passes(
    name: str, server: Callable[[str], Server], tmp_path: Path
) -> None:
    asked = server(name)
    before = asked.counts()["asked"]
    ran = loaded(tmp_path, *asked.words, "--think", "agent=3", *requirements(name, tmp_path))
    assert ran.code == 0, ran.output
    turns, first, gaps = (ran.row(f"CHAT {part}") for part in ("agent turn", "first token", "chunk gap"))
    assert turns["count"] == pytest.approx(USERS * 20 / 3, abs=USERS) and turns["failures"] == 0
    assert first["count"] == turns["count"] and gaps["count"] == pytest.approx(turns["count"] * (TOKENS - 1), rel=0.05)
    added = first["mean"] - FIRST_MS
    assert -2 < added < (QUEUED_MS if name == "langgraph" else OVERHEAD_MS)
    assert turns["mean"] == pytest.approx(WHOLE_MS + added, rel=0.1)
    assert gaps["mean"] == pytest.approx(GAP_MS, rel=0.15)
    # 0 failures of some hundred turns do not prove that fewer than 1 % fail.
    verdicts = ran.verdicts()
    assert verdicts.pop("error_rate") in ("pass", "warning") and set(verdicts.values()) == {"pass"}, ran.output
    # The server saw the question before the load, every turn, and at most one more a user that was stopped in it.
    seen = sum(row["count"] for row in ran.result["rows"] if row["key"] == "CHAT agent turn")
    assert seen <= asked.counts()["asked"] - before - 1 <= seen + USERS


@pytest.mark.parametrize("name", ["ag-ui", "langgraph", "node"])
def test_a_load_whose_replies_fail_fails_by_name_and_count(
    name: str, server: Callable[[str], Server], tmp_path: Path
) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("hello\nhello again\nBOOM please\nMID please\n")
    asked = server(name)
    ran = loaded(tmp_path, *asked.words, "--think", "agent=3", "--prompts", str(prompts))
    assert ran.code == 1 and ran.verdicts()["error_rate"] == "fail", ran.output
    turns, first = ran.row("CHAT agent turn"), ran.row("CHAT first token")
    assert 0.3 < turns["failures"] / (turns["count"] + turns["failures"]) < 0.7  # two of four prompts
    kinds = {kind.partition(":")[0] for kind in turns["errors"]}
    assert kinds == {"error", "error in stream"} and sum(turns["errors"].values()) == turns["failures"]
    # A reply that broke off still owes its next piece: the time-out is among the gaps, not among most of them.
    assert ran.row("CHAT chunk gap")["p50"] == pytest.approx(GAP_MS, rel=0.15)
    assert first["p50"] > FIRST_MS - 2


@pytest.mark.parametrize("name", ["ag-ui", "node"])
def test_users_who_think_longer_than_connections_are_kept_reopen_them_and_nothing_fails(
    name: str, server: Callable[[str], Server], tmp_path: Path
) -> None:
    ran = loaded(tmp_path, *server(name).words, "--think", "agent=8")
    assert ran.code == 0, ran.output
    reopened, turns, opened = (
        ran.row(key) for key in ("COUNT connections reopened", "CHAT agent turn", "CHAT open connection")
    )
    assert turns["failures"] == opened["failures"] == 0
    assert reopened["count"] == opened["count"] == pytest.approx(turns["count"], abs=USERS)


@pytest.mark.parametrize("name", ["ag-ui", "langgraph", "node"])
def test_a_server_stops_the_replies_of_users_who_leave(
    name: str, server: Callable[[str], Server], tmp_path: Path
) -> None:
    asked = server(name)
    before = asked.counts()
    words = ("--mix", "agent=10,impatient=10", "--think", "agent=3", "--think", "impatient=3")
    ran = loaded(tmp_path, *asked.words, *words, *requirements(name, tmp_path))
    assert ran.code == 0, ran.output
    assert ran.row("CHAT left turn")["failures"] == ran.row("CHAT agent turn")["failures"] == 0
    left = sum(row["count"] for row in ran.result["rows"] if row["key"] == "CHAT left turn")
    # One more for each user that was stopped in the middle of a reply.
    assert 30 < left <= asked.counts()["left"] - before["left"] <= left + USERS
