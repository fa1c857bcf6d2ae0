"""Accounts for a load, created and removed by an administrator's calls if a backend has such calls."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.settings.accounts import read_accounts
from reznet_load.core.settings.backend_options import key_variable
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.secrets import remember
from reznet_load.deployment.api import Api
from reznet_load.deployment.streams.sign_in import signed_in
from reznet_load.dialects.common import Backend

_DOMAIN = "reznet-load.invalid"  # reserved: no mail is ever delivered there
Say = Callable[[str], None]


def administrator(settings: Settings, dialect: Backend, file: str) -> Api:
    """An Api for the first account of `file`, else with the backend's key. Raises ConfigError if there is neither."""
    account = dict(next(iter(signed_in(settings, dialect, read_accounts(file)[:1])), {}))
    if not account and not settings.backend_key:
        raise ConfigError(
            f"who may make accounts? Put an administrator's token into ${key_variable(dialect.name)}, or give --admin FILE with "
            'one line like {"username": "…", "password": "…"}'
        )
    api = Api(settings, 15.0, account, patient=True)
    api.headers = dialect.access(settings.backend_key) | api.headers
    return api


def create(settings: Settings, dialect: Backend, number: int, out: Path, admin: str, say: Say) -> None:
    """Create `number` accounts and write each at once to `out`, readable only by its owner. Raises ConfigError,
    TargetError.
    """
    if dialect.new_account("", "") is None:
        raise ConfigError(
            f"{dialect.title} has no call that makes accounts: make {number} yourself, and write a file with a line like "
            '{"username": "…", "password": "…"} for each'
        )
    api, group = administrator(settings, dialect, admin), secrets.token_hex(3)
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigError(
            f"--out {out}: is there already; remove its accounts with --remove {out}, or name another file"
        ) from None
    made = 0
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            while made < number:
                file.write(json.dumps(_new(api, dialect, f"load-{group}-{made + 1}@{_DOMAIN}")) + "\n")
                file.flush()
                made += 1
                if made % 10 == 0 or made == number:
                    say(f"{made} of {number} accounts made")
    finally:
        if not made:
            out.unlink()
    say(f"{out}: for --accounts; afterwards `reznet-load accounts --remove {out} --host {settings.host}` removes them")


def _new(api: Api, dialect: Backend, username: str) -> dict[str, str]:
    password = secrets.token_urlsafe(18) + "aA1!"  # satisfies any rule about kinds of characters
    remember(password)
    request = dialect.new_account(username, password)
    assert request is not None
    answer = api.call(request.method, request.path, request.body)
    id = answer.body.get("id") if isinstance(answer.body, dict) else None
    if not answer.ok or not id:
        raise TargetError(
            f"{dialect.title} at {api.host}: {username} was not made: {answer.said}{_remedy(answer.status)}"
        )
    return {"username": username, "password": password, "id": str(id)}


def remove(settings: Settings, dialect: Backend, path: Path, admin: str, say: Say) -> int:
    """Remove the accounts of `path`, and the file with the last of them; those that could not be removed stay. Returns
    how many.
    """
    accounts = read_accounts(str(path))
    if any(not one.get("id") for one in accounts):
        raise ConfigError(
            f"--remove {path}: has accounts that `reznet-load accounts --create` did not make; nothing is removed"
        )
    requests = [request for one in accounts if (request := dialect.removal(one["id"])) is not None]
    if len(requests) < len(accounts):
        raise ConfigError(
            f"{dialect.title} has no call that removes accounts: remove those of {path} yourself, or name with --host the "
            "backend that has them"
        )
    api = administrator(settings, dialect, admin)
    left: list[dict[str, Any]] = []
    reason = ""
    for account, request in zip(accounts, requests, strict=True):
        answer = api.call(request.method, request.path)
        if not answer.ok and answer.status != 404:
            left.append(account)
            reason = answer.said + _remedy(answer.status)
    if not left:
        path.unlink()
        say(f"{len(accounts)} accounts removed, and {path}")
        return 0
    path.write_text("".join(json.dumps(account) + "\n" for account in left), encoding="utf-8")
    say(f"{len(accounts) - len(left)} accounts removed; {len(left)} are left in {path}: {reason}")
    return len(left)


def _remedy(status: int) -> str:
    return "; is it an administrator who asks?" if status in (401, 403) else ""
