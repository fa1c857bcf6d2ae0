"""`reznet-load.toml`: command line over environment over file over default; what is wrong in it is said with its line."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from reznet_load.cli import build_parser, main
from reznet_load.commands.chosen_options import choose, from_file
from reznet_load.core.settings.options import from_namespace
from reznet_load.core.settings.settings import Settings

COMMANDS = (
    "load",
    "smoke",
    "stress",
    "spike",
    "soak",
    "capacity",
    "herd",
    "distributed",
    "web",
    "failures",
    "pooling",
    "perf",
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("HOST", "TARGET_NAME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def write(folder: Path, text: str, name: str = "reznet-load.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def chosen(*words: str) -> tuple[argparse.Namespace, Settings, dict[str, str]]:
    options = build_parser().parse_args(words)
    found = choose(options, words[1:])
    return options, from_namespace(options), {one.name: one.origin for one in found}


def test_the_command_line_comes_first_then_the_environment_then_the_file(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here, 'users = 7\nduration = "2m"\nhost = "http://127.0.0.1:1"\ntarget-name = "file"\nstrict = true\n')
    monkeypatch.setenv("HOST", "http://127.0.0.1:2")
    options, settings, origins = chosen("load", "--users", "9")
    assert (settings.users, settings.duration, settings.host, settings.strict) == (9, 120.0, "http://127.0.0.1:2", True)
    assert settings.target == "file" and options.workers == 0
    assert [origins[name] for name in ("users", "host", "duration", "workers")] == [
        "command line", "$HOST", "reznet-load.toml, line 2", "default"
    ]  # fmt: skip


def test_an_empty_variable_gives_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here, 'host = "http://127.0.0.1:1"\n')
    monkeypatch.setenv("HOST", "")
    assert chosen("load")[1].host == "http://127.0.0.1:1"


def test_a_list_on_the_command_line_replaces_the_one_of_the_file(here: Path) -> None:
    write(here, 'header = ["X-One: 1", "X-Two: 2"]\n')
    assert chosen("load")[1].headers == {"X-One": "1", "X-Two": "2"}
    assert chosen("load", "--header", "X-Three: 3")[1].headers == {"X-Three": "3"}


def test_the_table_of_a_command_goes_over_the_rest_and_holds_for_it_alone(here: Path) -> None:
    write(here, 'users = 5\n[stress]\nusers = 20\n[failures]\npart = ["redis"]\n')
    assert [chosen(name)[1].users for name in ("load", "stress")] == [5, 20]
    assert chosen("failures")[0].part == ["redis"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_runs_reads_it_and_leaves_out_what_only_others_know(here: Path, command: str) -> None:
    write(
        here,
        'users = 5\nport = 9000\ngone = "5s"\nsizes = "2,4"\nmix = "rest=1"\nthorough = true\nquick = true\nstrict = true\n',
    )
    options, settings, _ = chosen(command)
    assert settings.strict
    assert settings.mix == (
        {"rest": 1} | dict.fromkeys(settings.mix.keys() - {"rest"}, 0) if command != "perf" else Settings().mix
    )
    assert getattr(options, "port", 9000) == 9000 and getattr(options, "quick", True)


def test_another_file_may_be_named_and_none_at_all(here: Path) -> None:
    write(here, "users = 5\n")
    other = write(here, "users = 6\n", "ci.toml")
    assert [chosen("load", word)[1].users for word in (f"--config={other}", "--config=")] == [6, None]


def test_what_the_file_adds_is_in_the_runs_command_line(here: Path) -> None:
    write(here, 'users = 5\nheader = ["X-Token: abcdefgh"]\nstrict = true\n')
    options = build_parser().parse_args(["load"])
    assert from_file(choose(options, [])) == ["--users=5", "--header=X-Token: abcdefgh", "--strict"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("users = 5\nuser = 6\n", "line 2: unknown option 'user'; did you mean 'users'?"),
        ("\nmax_cost = 2\n", "line 2: unknown option 'max_cost'; did you mean 'max-cost'?"),
        ("users = 0\n", "line 1: users: read '0', expected a whole number from 1 to 100000"),
        ("users = [5]\n", "line 1: users read as [5], expected one value, not a list"),
        ('# a\nstrict = "yes"\n', "line 2: strict read as 'yes', expected true or false"),
        ('header = "A: b"\n', "line 1: header read as 'A: b', expected a list of texts like [\"NAME:VALUE\"]"),
        ('compression = "maybe"\n', "line 1: compression read as 'maybe', expected one of on, off"),
        ('users = 1\nmix = "robots=3"\n', "line 2: mix: read"),
        ('users = 1\nduration = "soon"\n', "line 2: duration"),
        ("[stres]\nusers = 5\n", "line 1: unknown table [stres], expected one of a command: load"),
        ("[stress]\n\nportt = 5\n", "line 3: unknown option 'portt'"),
        ("users = = 5\n", "not a TOML file"),
        ("users = 2026-01-01\n", "line 1: users read as"),
        ("config = 'x'\n", "line 1: unknown option 'config'"),
    ],
)
def test_errors_name_their_line_before_anything_starts(
    here: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    write(here, text)
    assert main(["config", "load"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("reznet-load: reznet-load.toml") and said in error, error


def test_a_run_reports_the_same_error(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here, 'users = 1\nmix = "robots=3"\n')
    assert main(["load"]) == 2
    assert "reznet-load.toml, line 2: mix: read" in capsys.readouterr().err


def test_config_prints_each_value_with_its_origin_and_no_secret(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(here, 'header = ["Authorization: Bearer hushhushhush"]\nhost = "http://me:hushhushhush@127.0.0.1:1"\n')
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hushhushhush@127.0.0.1/db")
    assert main(["config", "stress", "--users", "8"]) == 0
    out = capsys.readouterr().out
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in out.splitlines()}
    assert lines["users"] == "8 command line" and lines["header"].endswith("reznet-load.toml, line 1")
    assert lines["DATABASE_URL"] == "set" and "hushhushhush" not in out


def test_config_names_the_commands_that_read_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "judge"]) == 2
    said = capsys.readouterr().err
    assert [name for name in COMMANDS if name not in said] == []


@pytest.mark.parametrize("words", [("capacity",), ("web",), ("failures",), ("perf",), ("duel", "--aa")])
def test_runs_that_look_for_failures_or_have_no_end_are_not_stopped_by_one(
    here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert main([*words, "--stop-on-fail"]) == 2
    assert "--stop-on-fail" in capsys.readouterr().err
    write(here, "stop-on-fail = true\n")
    options = build_parser().parse_args(words)
    choose(options, words[1:])
    assert options.stop_on_fail is False
