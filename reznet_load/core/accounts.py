"""Test accounts: who the users are, where a deployment asks for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reznet_load.core.errors import ConfigError


def parse_object(text: str, where: str) -> dict[str, Any]:
    """A JSON object."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ConfigError(
            f'{where}: expected a JSON object like {{"token": "…"}}, read something else (not shown: it may be secret)'
        )
    return value


def read_accounts(path: str) -> tuple[dict[str, Any], ...]:
    """Test accounts of a file, one JSON object a line with `headers`, `cookies`, `socket_auth`; () without a file."""
    if not path:
        return ()
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigError(
            f"--accounts {path}: cannot be read ({error.strerror}); expected one JSON object a line"
        ) from None
    accounts = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        account = parse_object(line, f"--accounts {path}, line {number}")
        wrong = set(account) - {"name", "headers", "cookies", "socket_auth"}
        wrong |= {key for key in ("headers", "cookies", "socket_auth") if not isinstance(account.get(key, {}), dict)}
        if wrong:
            raise ConfigError(
                f"--accounts {path}, line {number}: field {min(wrong)!r} not understood, "
                "expected the objects headers, cookies and socket_auth"
            )
        accounts.append(account)
    if not accounts:
        raise ConfigError(f"--accounts {path}: holds no account, expected one JSON object a line")
    return tuple(accounts)
