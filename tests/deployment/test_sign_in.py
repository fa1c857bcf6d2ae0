"""How accounts sign in, are made and are removed, against a server that answers like the recorded servers."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from reznet_load.cli import main
from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.settings.accounts import parse_accounts
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.secrets import mask_text
from reznet_load.deployment.streams import sign_in
from reznet_load.deployment.streams.sign_in import accounts_of, check_enough, signed_in
from reznet_load.dialects.chainlit import SESSION
from reznet_load.dialects.open_webui import CHATS
from reznet_load.dialects.openai import CHAT

ONE = {"username": "u1@example.com", "password": "right-password-1"}


class Backend(BaseHTTPRequestHandler):
    """The calls of Chainlit and Open WebUI for sign-in and accounts, with the answers of the recordings."""

    protocol_version = "HTTP/1.1"
    limited = 0  # sign-ins that are turned away, before one is looked at
    ways: dict[str, Any]
    calls: list[tuple[str, str, bytes, dict[str, str]]]
    users: dict[str, str]

    def _act(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        kind = type(self)
        kind.calls.append((self.command, self.path, body, {name.lower(): one for name, one in self.headers.items()}))
        match (self.command, self.path):
            case ("GET", "/auth/config"):
                self._say(200, kind.ways)
            case ("GET", "/api/config"):
                self._say(200, {"version": "0.12.4", "name": "Open WebUI", "onboarding": False})
            case ("POST", "/login"):
                given = {name: values[0] for name, values in parse_qs(body.decode()).items()}
                self._cookie() if given == ONE else self._say(401, {"detail": "credentialssignin"})
            case ("POST", "/auth/header"):
                self._cookie() if self.headers.get("X-User") else self._say(401, {"detail": "credentialssignin"})
            case ("POST", "/api/v1/auths/signin") if kind.limited > 0:
                kind.limited -= 1
                self._say(429, {"detail": "API rate limit exceeded"})
            case ("POST", "/api/v1/auths/signin"):
                given = json.loads(body)
                right = given["password"] == ONE["password"]
                self._say(200, {"token": f"token-of-{given['email']}"}) if right else self._say(
                    400, {"detail": "incorrect"}
                )
            case ("POST", "/api/v1/auths/add") if self.headers.get("Authorization") != "Bearer the-admins-token":
                self._say(401, {"detail": "401 Unauthorized"})
            case ("POST", "/api/v1/auths/add"):
                new = json.loads(body)
                kind.users[f"id-{len(kind.users)}"] = new["email"]
                self._say(200, {"id": f"id-{len(kind.users) - 1}", "email": new["email"], "token": "not-needed"})
            case ("DELETE", path):
                there = kind.users.pop(path.rpartition("/")[2], None)
                self._say(200 if there else 404, bool(there))
            case _:
                self._say(404, {"detail": "Not Found"})

    do_GET = do_POST = do_DELETE = _act

    def _cookie(self) -> None:
        self._say(200, {"success": True}, ("access_token", "a-signed-in-cookie; HttpOnly; Path=/; SameSite=lax"))

    def _say(self, status: int, body: Any, cookie: tuple[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        if cookie:
            self.send_header("Set-Cookie", "=".join(cookie))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Backend]]:
    """The handler class of a running server, with its address as `url`."""
    monkeypatch.setattr(sign_in, "_known", {})
    ways = {"requireLogin": True, "passwordAuth": True, "headerAuth": False}
    kind = type("Fresh", (Backend,), {"limited": 0, "calls": [], "users": {}, "ways": ways})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    kind.url = f"http://127.0.0.1:{server.server_address[1]}"  # type: ignore[attr-defined]
    yield kind
    server.shutdown()
    server.server_close()


def paths(backend: Any) -> list[str]:
    return [path for _, path, _, _ in backend.calls]


def test_a_chainlit_account_gets_a_cookie_by_password_and_does_not_keep_the_password(backend: Any) -> None:
    (account,) = signed_in(Settings(host=backend.url), SESSION, [ONE | {"name": "one"}])
    assert account == {"name": "one", "cookies": {"access_token": "a-signed-in-cookie"}}
    assert backend.calls[-1][3]["content-type"] == "application/x-www-form-urlencoded"
    assert mask_text("it said a-signed-in-cookie") == "it said ***"


def test_a_chainlit_account_gets_a_cookie_by_headers(backend: Any) -> None:
    backend.ways = {"requireLogin": True, "passwordAuth": False, "headerAuth": True}
    (own,) = signed_in(Settings(host=backend.url), SESSION, [{"headers": {"X-User": "u1"}}])
    assert own == {"headers": {"X-User": "u1"}, "cookies": {"access_token": "a-signed-in-cookie"}}
    (common,) = signed_in(
        Settings(host=backend.url, headers={"X-User": "u2"}), SESSION, []
    )  # of --header, for all users
    assert common == {"cookies": {"access_token": "a-signed-in-cookie"}}


@pytest.mark.parametrize(
    ("ways", "sentence"),
    [
        ({"requireLogin": True, "passwordAuth": True}, r"requires a login; give --accounts FILE"),
        ({"requireLogin": True, "oauthProviders": ["x"]}, r"only OAuth, so give --cookie access_token="),
    ],
)
def test_a_missing_login_is_an_error_that_says_what_to_do(backend: Any, ways: dict, sentence: str) -> None:
    backend.ways = ways
    with pytest.raises(ConfigError, match=sentence):
        signed_in(Settings(host=backend.url), SESSION, [])


def test_an_account_with_a_cookie_needs_no_sign_in(backend: Any) -> None:
    assert signed_in(Settings(host=backend.url, cookies={"access_token": "mine"}), SESSION, []) == ()
    given = {"cookies": {"access_token": "its own"}}
    assert signed_in(Settings(host=backend.url), SESSION, [given]) == (given,)
    assert backend.calls == []


def test_an_account_gets_nothing_if_no_login_is_required(backend: Any) -> None:
    backend.ways = {"requireLogin": False}
    assert signed_in(Settings(host=backend.url), SESSION, []) == ()


def test_an_open_webui_account_signs_in_once_for_questions_and_socket(backend: Any) -> None:
    accounts = [ONE | {"username": f"u{n}@example.com"} for n in range(3)]
    for _ in range(2):  # the second is the next Start of a web UI
        found = signed_in(Settings(host=backend.url), CHATS, accounts)
    assert [one["socket_auth"] for one in found] == [{"token": f"token-of-u{n}@example.com"} for n in range(3)]
    assert found[2] == {
        "headers": {"Authorization": "Bearer token-of-u2@example.com"},
        "socket_auth": {"token": "token-of-u2@example.com"},
    }
    assert paths(backend) == ["/api/v1/auths/signin"] * 3
    assert "token-of-u1" not in mask_text("it has token-of-u1@example.com, and Bearer token-of-u1@example.com")


def test_the_error_for_a_wrong_password_names_the_account_and_not_the_password(backend: Any) -> None:
    wrong = {"username": "u1@example.com", "password": "wrong-password-2"}
    for dialect in (SESSION, CHATS):
        with pytest.raises(TargetError) as raised:
            signed_in(Settings(host=backend.url), dialect, [ONE, wrong])
        said = str(raised.value)
        assert "account 2 (u1@example.com) was refused at the sign-in: 40" in said and "wrong-password" not in said
        assert "are its username and password right?" in said


def test_a_rate_limited_sign_in_is_repeated_after_pauses_longer_than_the_limits_window(
    backend: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    backend.limited = 4
    slept: list[float] = []
    (account,) = signed_in(Settings(host=backend.url), CHATS, [ONE], slept.append)
    assert account["socket_auth"] and slept == [2, 8, 30, 60]
    assert (
        "account 1 (u1@example.com): the backend limits sign-ins (429); trying again in 30 s" in capsys.readouterr().err
    )


def test_a_rate_limit_that_does_not_end_stops_the_run_in_bounded_time(backend: Any) -> None:
    backend.limited = 99
    slept: list[float] = []
    with pytest.raises(TargetError, match="429: API rate limit exceeded"):
        signed_in(Settings(host=backend.url), CHATS, [ONE], slept.append)
    assert sum(slept) == 220 and len(backend.calls) == 6


def test_fewer_accounts_than_users_are_refused_if_each_user_needs_one() -> None:
    check_enough(CHATS, [ONE] * 5, 5, "")
    check_enough(CHATS, [], 1, "a-key-of-one")
    check_enough(SESSION, [], 50, "")
    for accounts, key, there in (
        ([ONE] * 4, "", "4 accounts"),
        ([], "a-key-of-one", "1 account"),
        ([], "", "0 accounts"),
    ):
        with pytest.raises(
            ConfigError, match=rf"5 users and {there}\. .*each user needs an account of its own.*--create 5"
        ):
            check_enough(CHATS, accounts, 5, key)
    with pytest.raises(ConfigError, match="a search does not know how many"):
        check_enough(CHATS, [ONE] * 500, 10, "", search=True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"username": "u"}', "belong together"),
        ('{"password": "p"}', "belong together"),
        ('{"username": "u", "password": ""}', "belong together"),
        ('{"username": "u", "password": 7}', "belong together"),
        ('{"user": "u"}', "field 'user' not understood"),
    ],
)
def test_a_line_of_accounts_that_cannot_be_used_is_refused(line: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_accounts(line, "a.jsonl")


def test_passwords_of_a_file_are_masked_and_names_are_shown() -> None:
    parse_accounts('{"username": "anna@example.com", "password": "her-long-password"}', "a.jsonl")
    assert mask_text("anna@example.com said her-long-password") == "anna@example.com said ***"


def test_a_password_for_a_backend_without_such_a_sign_in_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "accounts.jsonl"
    file.write_text(json.dumps(ONE))
    with pytest.raises(ConfigError, match="OpenAI Chat Completions has no sign-in by password"):
        signed_in(Settings(host="http://127.0.0.1:9"), CHAT, [ONE])
    with pytest.raises(ConfigError, match="RezNet has no sign-in by password"):
        accounts_of(Settings(host="http://127.0.0.1:9", accounts=str(file)), 1, False)


def test_new_accounts_are_written_to_a_file_that_only_its_owner_can_read_and_are_removed(
    backend: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "accounts.jsonl"
    words = ["--host", backend.url, "--dialect", "open-webui"]
    assert main(["accounts", "--create", "3", "--out", str(file), *words]) == 2
    assert "who may make accounts? Put an administrator's token into $BACKEND_API_KEY" in capsys.readouterr().err
    monkeypatch.setenv("BACKEND_API_KEY", "no-admins-token")
    assert main(["accounts", "--create", "3", "--out", str(file), *words]) == 2
    assert "is it an administrator who asks?" in capsys.readouterr().err
    assert not file.exists()
    monkeypatch.setenv("BACKEND_API_KEY", "the-admins-token")
    assert main(["accounts", "--create", "3", "--out", str(file), *words]) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    accounts = [json.loads(line) for line in file.read_text().splitlines()]
    assert len({one["password"] for one in accounts}) == 3 and list(backend.users.values()) == [
        one["username"] for one in accounts
    ]
    assert main(["accounts", "--create", "3", "--out", str(file), *words]) == 2  # nothing is written over
    backend.users.pop("id-1")  # somebody else removed it
    assert main(["accounts", "--remove", str(file), *words]) == 0
    assert not backend.users and not file.exists()
    shown = capsys.readouterr()
    assert not any(one["password"] in shown.out + shown.err for one in accounts)


def test_the_error_for_a_backend_without_a_call_for_accounts_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "accounts",
        "--create",
        "3",
        "--host",
        "http://127.0.0.1:9",
        "--dialect",
        "chainlit",
        "--out",
        str(tmp_path / "a"),
    ]
    assert main(words) == 2
    assert "Chainlit 2 has no call that makes accounts: make 3 yourself" in capsys.readouterr().err
    kept = tmp_path / "made-elsewhere"
    kept.write_text('{"username": "u", "password": "p", "id": "1"}\n')
    assert main(["accounts", "--remove", str(kept), "--host", "http://127.0.0.1:9", "--dialect", "chainlit"]) == 2
    assert "Chainlit 2 has no call that removes accounts" in capsys.readouterr().err and kept.exists()
