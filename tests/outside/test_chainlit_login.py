"""Loads of a real Chainlit that wants a login: each account signs in once, and no password or cookie is in any file."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.live.stack import run
from tests.outside.backends.installed import MARKS
from tests.outside.backends.running import chainlit

pytestmark = MARKS
USERS = 10
SHORT = ("--users", str(USERS), "--duration", "12s", "--ramp", "2s")


@dataclass(frozen=True, slots=True)
class Login:
    """Where it is, the file of what it says, and how much of that was said before a test."""

    url: str
    log: Path
    before: int = 0

    def said(self, what: str) -> Counter[str]:
        """Who signed in, or asked: how often since the test began."""
        return Counter(re.findall(rf"^{what} (.*)$", self.log.read_text()[self.before :], re.MULTILINE))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    room = tmp_path_factory.mktemp("chainlit-login")
    with chainlit("chainlit_login_app.py", room, CHAINLIT_AUTH_SECRET="a-signing-secret-of-the-test-000000") as url:
        yield Login(url, room / "server.log")


@pytest.fixture
def login(server: Login) -> Login:
    return replace(server, before=len(server.log.read_text()))


def accounts(folder: Path, wrong: int = 0) -> Path:
    """One for each user; the password of number `wrong` is another's."""
    file = folder / "accounts.jsonl"
    lines = [
        {"username": f"load-{n}", "password": f"a-password-of-load-{n if n != wrong else n + 1}"}
        for n in range(1, USERS + 1)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


@pytest.mark.parametrize("command", [("load",), ("distributed", "--workers", "2")], ids=["one process", "workers"])
def test_each_account_signs_in_once_and_asks(command: tuple[str, ...], login: Login, tmp_path: Path) -> None:
    ran = run(tmp_path, *command, "--host", login.url, *SHORT, "--accounts", str(accounts(tmp_path)))
    turns = ran.row("CHAT agent turn")
    assert turns["count"] > USERS and turns["failures"] == 0, ran.output
    assert login.said("SIGN-IN") == {f"load-{n} right": 1 for n in range(1, USERS + 1)}
    assert set(login.said("ASKED")) == {f"load-{n}" for n in range(1, USERS + 1)}  # each user is another
    assert f"{USERS} accounts sign in before the first user, one at a time" in ran.output
    written = ran.output.encode() + b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "accounts.jsonl"
    )
    assert b"a-password-of" not in written and b"eyJ" not in written  # how each cookie of a JWT begins


def test_a_wrong_password_ends_the_run_before_the_first_user(login: Login, tmp_path: Path) -> None:
    ran = run(tmp_path, "load", "--host", login.url, *SHORT, "--accounts", str(accounts(tmp_path, wrong=3)))
    assert ran.code == 2 and "account 3 (load-3) was refused at the sign-in: 401" in ran.output
    assert "a-password-of" not in ran.output and not login.said("ASKED")


def test_a_login_that_is_missing_says_what_to_give(login: Login, tmp_path: Path) -> None:
    ran = run(tmp_path, "load", "--host", login.url, *SHORT)
    assert ran.code == 2 and "Chainlit requires a login; give --accounts FILE" in ran.output
