"""Test accounts: who the users are, if a deployment asks for it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.text.secrets import remember, secrets_in
from reznet_load.core.text.text_files import user_text

_OBJECTS = ("headers", "cookies", "socket_auth")
_SHOWN = ("name", "username", "id")  # no secrets
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2


def cookie_header(cookies: dict[str, str]) -> str:
    """`cookies` as the value of a `Cookie` header; "" if there are none."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def without_cookies(headers: dict[str, str], cookies: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """(headers, cookies), with a `Cookie` header moved to the cookies: a fixed header would hide those that the server
    renews.
    """
    found: dict[str, str] = {}
    for name, value in headers.items():
        if name.lower() == "cookie":
            pairs = (part.strip().partition("=") for part in value.split(";"))
            found |= {key: content for key, sign, content in pairs if sign}
    return {name: value for name, value in headers.items() if name.lower() != "cookie"}, found | cookies


def check_pair(name: str, value: object, where: str) -> None:
    """Raises ConfigError if a header or cookie cannot be called `name` or hold `value`; the error never shows a value."""
    if not _TOKEN.fullmatch(name):
        raise ConfigError(
            f"{where}: expected a name of letters, digits and -, read something else (not shown: it may be secret)"
        )
    if not (isinstance(value, str) and value.isascii() and value.isprintable()):
        raise ConfigError(
            f"{where}: the value of {name!r} has characters that a header cannot carry, expected plain ASCII text"
        )


def parse_object(text: str, where: str) -> dict[str, Any]:
    """Parse a JSON object. Raises ConfigError."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ConfigError(
            f'{where}: expected a JSON object like {{"token": "…"}}, read something else (not shown: it may be secret)'
        )
    return value


def read_accounts(path: str) -> tuple[dict[str, Any], ...]:
    """Test accounts of a file, one JSON object per line with `headers`, `cookies`, `socket_auth`, or with `username` and
    `password` for a sign-in; () if no file is given.

    From here on their values, except for names, are masked in everything that is written.
    """
    if not path:
        return ()
    try:
        text = user_text(Path(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"--accounts {path}: cannot be read ({error}); expected UTF-8 text, one JSON object a line"
        ) from None
    return parse_accounts(text, path)


def _check_fields(account: dict[str, Any], where: str) -> None:
    wrong = set(account) - {*_OBJECTS, *_SHOWN, "password"}
    wrong |= {key for key in _OBJECTS if not isinstance(account.get(key, {}), dict)}
    if wrong:
        raise ConfigError(
            f"{where}: field {min(wrong)!r} not understood, expected the objects headers, cookies and socket_auth, or username "
            "and password"
        )
    pair = [account.get(key) for key in ("username", "password")]
    if pair != [None, None] and not all(isinstance(one, str) and one for one in pair):
        raise ConfigError(f"{where}: username and password belong together, both texts that are not empty")


def parse_accounts(text: str, path: str) -> tuple[dict[str, Any], ...]:
    """`read_accounts` of the text of `path`."""
    accounts = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        account = parse_object(line, f"--accounts {path}, line {number}")
        _check_fields(account, f"--accounts {path}, line {number}")
        for name, value in [*account.get("headers", {}).items(), *account.get("cookies", {}).items()]:
            check_pair(name, value, f"--accounts {path}, line {number}")
        remember(*secrets_in({key: value for key, value in account.items() if key not in _SHOWN}))
        accounts.append(account)
    if not accounts:
        raise ConfigError(f"--accounts {path}: holds no account, expected one JSON object a line")
    return tuple(accounts)
