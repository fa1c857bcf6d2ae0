"""A real Open WebUI 0.12 in front of `reznet-load provider`: accounts made, signed in, asked, loaded and removed.

`make backends`: it is installed below REZNET_LOAD_OUTSIDE without its dependencies, then what it imports, 860 MB.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path
from urllib.request import urlopen

import pytest

from reznet_load.core.system.machine import free_port
from tests.live.stack import environment, run
from tests.outside.backends.installed import MARKS, ROOM
from tests.outside.backends.running import running
from tests.simulated_provider import provider

pytestmark = [*MARKS, pytest.mark.by_hand]
PACKAGE = "open-webui==0.12.*"
# What the slim server does not import: models of its own, readers of documents, clouds. 3 GB.
LEFT_OUT = (
    "accelerate", "faster-whisper", "opencv-python-headless", "sentence-transformers", "transformers", "rapidocr", "pyarrow",
    "colbert-ai",
)  # fmt: skip
FIRST_MS, GAP_MS, TOKENS = 150.0, 20.0, 40
TIMES = (
    "--first-token", f"{FIRST_MS}ms", "--gap", f"{GAP_MS}ms", "--length", str(TOKENS), "--shape", "constant",
    "--length-spread", "0",
)  # fmt: skip
START_SECONDS = 300.0  # the first start makes its database
INSTALL_SECONDS = 1500.0
USERS = 20
LOAD = ("--model", "simulated-gpt", "--users", str(USERS), "--duration", "20s", "--ramp", "2s")


def installed() -> Path:
    """The Python of an environment with Open WebUI."""
    home = Path(ROOM) / "open-webui"
    python, mark = home / "bin" / "python", home / "installed"
    list_ = hashlib.sha256(f"{PACKAGE} {LEFT_OUT}".encode()).hexdigest()
    if mark.exists() and mark.read_text() == list_:
        return python
    subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", PACKAGE], check=True, timeout=INSTALL_SECONDS)
    (found,) = home.glob("lib/python*/site-packages/open_webui-*.dist-info")
    wanted = [one for one in Distribution.at(found).requires or [] if "extra ==" not in one]
    kept = [one for one in wanted if re.split(r"[\[=<>~ ]", one)[0] not in LEFT_OUT]
    subprocess.run([*pip, *kept], check=True, timeout=INSTALL_SECONDS)
    mark.write_text(list_)
    return python


@dataclass(frozen=True, slots=True)
class WebUi:
    """Where it is, a file with its administrator's account, its data and what it says."""

    url: str
    admin: Path
    log: Path


@pytest.fixture(scope="module")
def webui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebUi]:
    room, port = tmp_path_factory.mktemp("open-webui"), free_port()
    admin = room / "admin.jsonl"
    admin.write_text(json.dumps({"username": "admin@example.com", "password": "an-admins-password"}))
    with ExitStack() as stack:
        upstream = stack.enter_context(provider(*TIMES))
        environ = {
            "DATA_DIR": str(room), "WEBUI_SECRET_KEY": "a-secret-of-the-test", "USE_SLIM_DOCKER": "true", "VECTOR_DB": "chroma",
            "OFFLINE_MODE": "true", "ENABLE_OLLAMA_API": "false", "OPENAI_API_BASE_URL": f"{upstream}/v1", "OPENAI_API_KEY": "none",
            "WEBUI_ADMIN_EMAIL": "admin@example.com", "WEBUI_ADMIN_PASSWORD": "an-admins-password",
            "BYPASS_MODEL_ACCESS_CONTROL": "true",
        }  # fmt: skip
        command = [installed().with_name("open-webui"), "serve", "--host", "127.0.0.1", "--port", str(port)]
        url = stack.enter_context(running(command, port, room, START_SECONDS, **environ))
        _wait(url)
        yield WebUi(url, admin, room / "server.log")


def _wait(url: str) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(f"{url}/api/config", timeout=5) as answer:
                json.load(answer)
                return
        except (OSError, ValueError):
            assert time.monotonic() < until, "it does not answer"
            time.sleep(0.5)


def command(*words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "reznet_load", *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, env=environment())


@pytest.fixture(scope="module")
def accounts(webui: WebUi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One for each user, made by `reznet-load accounts` and removed by it."""
    file = tmp_path_factory.mktemp("accounts") / "accounts.jsonl"
    reach = ("--host", webui.url, "--admin", str(webui.admin))
    made = command("accounts", "--create", str(USERS), "--out", str(file), *reach)
    assert made.returncode == 0 and stat.S_IMODE(file.stat().st_mode) == 0o600, made.stdout + made.stderr
    yield file
    removed = command("accounts", "--remove", str(file), *reach)
    assert removed.returncode == 0 and not file.exists(), removed.stdout + removed.stderr


def test_it_is_recognised_and_a_question_is_answered(webui: WebUi, accounts: Path) -> None:
    done = command("try", "--host", webui.url, "--model", "simulated-gpt", "--accounts", str(accounts))
    assert done.returncode == 0 and "Open WebUI 0.12 at" in done.stdout, done.stdout + done.stderr
    assert f"in {TOKENS} pieces" in done.stdout


def test_a_question_without_a_sign_in_and_one_to_a_model_that_is_not_there_are_said(
    webui: WebUi, accounts: Path
) -> None:
    done = command("try", "--host", webui.url, "--model", "simulated-gpt")
    assert done.returncode == 1 and "HTTP 401" in done.stdout, done.stdout
    done = command("try", "--host", webui.url, "--model", "nothing", "--accounts", str(accounts))
    assert done.returncode == 1 and "Give it with --model NAME" in done.stdout, done.stdout


def test_fewer_accounts_than_users_are_refused(webui: WebUi, accounts: Path, tmp_path: Path) -> None:
    words = (
        "load",
        "--host",
        webui.url,
        "--model",
        "simulated-gpt",
        "--accounts",
        str(accounts),
        "--users",
        str(USERS + 1),
    )
    ran = run(tmp_path, *words)
    assert ran.code == 2 and "each user needs an account of its own" in ran.output, ran.output


@pytest.mark.parametrize("words", [("load",), ("distributed", "--workers", "2")], ids=["one process", "workers"])
def test_twenty_users_for_twenty_seconds(words: tuple[str, ...], webui: WebUi, accounts: Path, tmp_path: Path) -> None:
    before = webui.log.read_text().count("/api/v1/auths/signin")
    ran = run(tmp_path, *words, "--host", webui.url, *LOAD, "--accounts", str(accounts), "--think", "agent=4")
    assert ran.folder is not None, ran.output
    turns, first, gaps = (ran.row(f"CHAT {part}") for part in ("agent turn", "first token", "chunk gap"))
    figures = ((row["key"], row["count"], round(row["mean"], 1), round(row["p95"], 1)) for row in (turns, first, gaps))
    print("open webui, (row, count, mean ms, p95 ms):", *figures, ran.verdicts())
    assert turns["count"] > USERS and turns["failures"] == 0, ran.output
    assert first["mean"] > FIRST_MS and ran.row("COUNT reply chunks")["mean"] == pytest.approx(TOKENS, rel=0.05)
    assert webui.log.read_text().count("/api/v1/auths/signin") - before == USERS  # each account once
    assert all(outcome != "pending" for outcome in ran.verdicts().values()) or ran.code == 3, ran.output
    secrets = [json.loads(line)["password"].encode() for line in accounts.read_text().splitlines()]
    written = ran.output.encode() + b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not [one for one in secrets if one in written] and b"eyJ" not in written
