"""Planned outages: plans refused before the first user, and the actual times in `run.json`."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from reznet_load import cli
from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError, ReznetLoadError
from reznet_load.core.phases.outages import outages
from reznet_load.core.run import RunInfo
from reznet_load.core.run_files import read_info
from reznet_load.drive.cutting import CommandCutter, parse_commands, run_command
from reznet_load.drive.failure_run import Cutting, OutagePlan
from tests.builders import info


class Cutter:
    """Records its calls; fails for the parts that it was told to refuse."""

    def __init__(self, dull: str = "") -> None:
        self.told: list[str] = []
        self._dull = dull

    def cut(self, part: str) -> None:
        self.told.append(f"cut {part}")
        if part == self._dull:
            raise ReznetLoadError("no such container")

    def give_back(self, part: str) -> None:
        self.told.append(f"give back {part}")
        if part == self._dull:
            raise ReznetLoadError("no such container")

    def how(self, part: str) -> str:
        return "by hand"


def cut_all(tmp_path: Path, plan: OutagePlan, cutter: Cutter, stop_after: float | None = None) -> RunInfo:
    """Cut by `plan` in a run that begins now; what `run.json` says then."""
    now = time.time()
    run_folder.write_info(tmp_path, replace(info(), origin=now, duration=plan.seconds + 0.1, phases=()))
    cutting = Cutting(SimpleNamespace(folder=tmp_path), plan, cutter, ramp=0.1)  # type: ignore[arg-type]
    cutting.start()
    cutting.join(stop_after if stop_after is not None else 10)
    cutting.finish()
    return read_info(tmp_path / run_folder.INFO)


def test_each_part_is_cut_and_restored_and_the_phases_have_the_actual_times(tmp_path: Path) -> None:
    cutter = Cutter()
    found = cut_all(tmp_path, OutagePlan(("redis", "provider"), 0.1, 0.2, 0.1), cutter)
    assert cutter.told == ["cut redis", "give back redis", "cut provider", "give back provider"]
    assert [(p.name, p.judged) for p in found.phases] == [
        ("ramp-up", False), ("before", True), ("redis cut", False), ("redis recovery", False), ("provider cut", False),
        ("provider recovery", False),
    ]  # fmt: skip
    assert all(one.gone.seconds >= 0.2 for one in outages(found.phases))
    assert found.notes["redis cut"] == "by hand" and found.cautions == ()


def test_a_stopped_run_restores_parts_at_once(tmp_path: Path) -> None:
    cutter = Cutter()
    found = cut_all(tmp_path, OutagePlan(("redis", "provider"), 0.1, 30, 30), cutter, stop_after=0.6)
    assert cutter.told == ["cut redis", "give back redis"]
    assert [one.part for one in outages(found.phases)] == ["redis"]


def test_a_part_that_could_not_be_cut_is_reported_and_is_no_outage(tmp_path: Path) -> None:
    found = cut_all(tmp_path, OutagePlan(("redis", "provider"), 0.1, 0.1, 0.1), Cutter(dull="redis"))
    assert [one.part for one in outages(found.phases)] == ["provider"]
    assert [caution.id for caution in found.cautions] == ["cut_failed_redis", "still_cut_redis"]
    assert all("no such container" in caution.text for caution in found.cautions)


def test_a_run_that_never_begins_cuts_nothing() -> None:
    cutter = Cutter()
    cutting = Cutting(SimpleNamespace(folder=None), OutagePlan(), cutter, 0.0)  # type: ignore[arg-type]
    cutting.start()
    cutting.finish()
    assert cutter.told == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "http://127.0.0.1:1"], "--cut: with HOST only your own commands can cut off a part"),
        (["--cut", "redis=true", "--give-back", "redis=true"], "only with HOST"),
        (["--host", "http://127.0.0.1:1", "--cut", "redis=true"], "only one of them names redis"),
        (["--host", "http://127.0.0.1:1", "--cut", "disk=true"], "parts are redis, postgres, provider"),
        (["--host", "http://127.0.0.1:1", "--hang", "--cut", "redis=true", "--give-back", "redis=true"], "--hang"),
        (
            [
                "--host",
                "http://127.0.0.1:1",
                "--part",
                "postgres",
                "--part",
                "redis",
                "--cut",
                "redis=true",
                "--give-back",
                "redis=true",
            ],
            "--part: nothing cuts postgres",
        ),
        (
            ["--host", "http://127.0.0.1:1", "--part", "postgres", "--cut", "redis=true", "--give-back", "redis=true"],
            "--part: nothing cuts postgres",
        ),
        (["--gone", "0s"], "--gone: read 0s, expected 1s or more"),
        (["--recovery", "500ms"], "--recovery: read 500ms, expected 1s or more"),
        (["--recovery", "20m"], "expected 1h at most; shorten --duration"),
        (["--gone", "soon"], "--gone: read 'soon'"),
    ],
)
def test_an_impossible_plan_is_refused_before_anything_starts(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOST", raising=False)
    assert cli.main(["failures", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_users_command_runs_in_a_shell_and_its_failure_is_reported(tmp_path: Path) -> None:
    there = tmp_path / "cut"
    cutter = CommandCutter({"redis": f"A=1; touch '{there}'"}, {"redis": f"rm '{there}'"})
    cutter.cut("redis")
    assert there.exists() and "touch" in cutter.how("redis")
    cutter.give_back("redis")
    with pytest.raises(ReznetLoadError, match=r"ended with 1: .*cut"):
        cutter.give_back("redis")
    with pytest.raises(ReznetLoadError, match="did not end within"):
        run_command("sleep 5", seconds=0.05)


def test_a_part_can_have_only_one_command() -> None:
    assert parse_commands(["redis=a=b"], "--cut") == {"redis": "a=b"}
    with pytest.raises(ConfigError, match="PART=COMMAND once a part"):
        parse_commands(["redis=a", "redis=b"], "--cut")
