"""Input errors of users: each is refused in a sentence with exit 2 before anything starts."""

from __future__ import annotations

import io
import json
import shutil
import socket
import sys
from pathlib import Path

import pytest

from reznet_load.cli import main
from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.addresses import check_urls
from reznet_load.drive.finish import report
from reznet_load.load.samples.trace import Trace
from reznet_load.report.publish import publish
from tests import builders


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("load --users=1e309", "--users: read '1e309', expected a whole number from 1 to 100000"),
        ("load --workers=65", "--workers: read '65', expected a whole number from 0 to 64"),
        ("history --last=NaN", "--last: read 'NaN', expected a whole number from 1"),
        ("web --port=http", "--port: read 'http', expected a whole number from 1 to 65535"),
        ("selftest slow-provder", "selftest: read 'slow-provder', expected some of healthy, "),
        ("selftest --duration 1e18 healthy", "--duration: read '1e18', expected at most 720h, which is 30 days"),
        ("baseline --unpin", "no run is named"),
        ("compare a b --templates none", "--templates none: no such folder"),
    ],
)
def test_bad_input_is_refused_with_what_was_read_and_what_is_right(
    words: str, says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = main(words.split())
    except SystemExit as left:  # as argparse leaves
        code = left.code
    assert code == 2 and says in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_a_port_in_use_is_reported_before_anything_starts(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["web", "--port", str(port)]) == 2
    said = capsys.readouterr()
    assert f"--port {port}: Address already in use; choose a free one" in said.err and not said.out


@pytest.mark.parametrize("url", ["h:80", "http://h:99999/m", "http://h:0", "http://[::1", "http:///m", "http://h/\x7f"])
def test_a_metrics_page_is_a_url(url: str) -> None:
    with pytest.raises(ConfigError, match=r"--prometheus: .* expected a URL like"):
        check_urls(Settings(prometheus=url))


def test_a_trace_file_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--trace .*: cannot be written"):
        Trace(str(tmp_path / "none" / "trace.jsonl"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder that has been reported."""
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path_factory.mktemp("whole") / "run", rows, units)
    publish(folder, new=False)
    return folder


DEEP = "[" * 100_000
COMMANDS = ("report RUN", "verdicts RUN", "samples RUN --out OUT.csv", "compare RUN RUN", "baseline RUN --reports HOME")


@pytest.mark.parametrize(
    ("file", "text", "commands"),
    [
        ("run.json", DEEP, COMMANDS[:4]),
        ("context.json", DEEP, ("report RUN", "verdicts RUN")),
        ("probes.json", '{"has": [[]]}', ("report RUN", "verdicts RUN")),
        ("probes.json", '{"lost": null}', ("report RUN", "verdicts RUN")),
        ("samples/local.names.jsonl", DEEP, COMMANDS[:4]),
        ("samples/local.bin", None, COMMANDS[:4]),
        ("result.json", None, (COMMANDS[0], COMMANDS[4])),
        ("result.json", DEEP, COMMANDS[4:]),
        ("../baseline.json", DEEP, ("baseline --reports HOME", "history --reports HOME")),
    ],
)
def test_damaged_files_end_no_command_with_a_traceback(
    file: str, text: str | None, commands: tuple[str, ...], whole: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    folder = shutil.copytree(whole, tmp_path / "reports" / "run")
    if text is None:  # something else is in its place
        (folder / file).unlink()
        (folder / file).mkdir()
    else:
        (folder / file).write_text(text)
    for words in commands:
        given = (
            words.replace("RUN", str(folder)).replace("OUT", str(tmp_path / "out")).replace("HOME", str(folder.parent))
        )
        assert main(given.split()) == 2, words
        assert str(folder.parent) in capsys.readouterr().err, words


@pytest.mark.parametrize("words", ["report", "verdicts", "compare RUN", "baseline", "finish", "probe"])
def test_an_impossible_path_is_refused(
    words: str, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "empty").mkdir()
    for name in ("loop", "n" * 300, "empty"):
        assert main([*words.replace("RUN", str(whole)).split(), str(tmp_path / name)]) == 2, name
        assert "Traceback" not in (said := capsys.readouterr().err) and said.startswith("reznet-load: ")
    assert not list((tmp_path / "empty").iterdir())


def test_damaged_files_next_to_a_run_do_not_prevent_its_report(whole: Path, tmp_path: Path) -> None:
    beside, folder = (shutil.copytree(whole, tmp_path / name) for name in ("beside", "run"))
    for path in (beside / "result.json", tmp_path / "history.jsonl", tmp_path / "baseline.json"):
        path.write_text(DEEP)
    assert report(folder, new=True) == json.loads((whole / "result.json").read_text())["exit_code"]
    assert "line 1" in (folder / "context.json").read_text()


def test_the_judge_of_a_run_outlives_a_damaged_folder(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = shutil.copytree(whole, tmp_path / "run")
    (damaged / "probes.json").write_text('{"has": [[]]}')
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{damaged}\n{whole}\n"))
    monkeypatch.setattr("os.nice", lambda _: 0)
    assert main(["verdicts", "-"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (
        "damaged" in first["error"] and second["outcome"] == json.loads((whole / "result.json").read_text())["outcome"]
    )


def test_a_locale_without_the_symbols_works(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert main(["verdicts", str(whole)]) == json.loads((whole / "result.json").read_text())["exit_code"]
    sys.stdout.flush()
    assert "✅ Pass" in raw.getvalue().decode()
