"""Accounts sign in before a load: each once, one at a time, with the waits that a backend requires; never during it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from reznet_load.chat.dialect import Request
from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.settings.accounts import read_accounts
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.foreign_text import safe
from reznet_load.core.text.retry_after import seconds_in
from reznet_load.core.text.secrets import remember, secrets_in
from reznet_load.deployment.api import Api, HttpAnswer
from reznet_load.dialects.common import Backend, CallAnswer
from reznet_load.dialects.every import spoken

Account = dict[str, Any]
# Seconds until a limited account (429, without Retry-After) tries again. Open WebUI counts refused attempts too: 15 in
# three minutes; the sum is longer than that.
_WAITS = (2.0, 8.0, 30.0, 60.0, 120.0)
_SECONDS = 15.0  # for one call: hashing a password is slow by design
_PARTS = ("headers", "cookies", "socket_auth")
_known: dict[str, Account] = {}  # results of sign-ins, for the next Start of a web UI


def accounts_of(settings: Settings, users: int, search: bool) -> tuple[Account, ...]:
    """The accounts of a run of `users`, signed in. Raises ConfigError and TargetError with what to do."""
    accounts = read_accounts(settings.accounts)
    if settings.drives_reznet:
        if any(one.get("password") for one in accounts):
            raise ConfigError(
                "--accounts: RezNet has no sign-in by password; give `headers` or `cookies` of each account"
            )
        return accounts
    dialect = spoken(settings.dialect, settings.path)
    check_enough(dialect, accounts, users, settings.backend_key, search)
    return signed_in(settings, dialect, accounts)


def signed_in(
    settings: Settings, dialect: Backend, accounts: Sequence[Account], sleep: Callable[[float], None] = time.sleep
) -> tuple[Account, ...]:
    """`accounts` with what the backend gave each at its sign-in, without passwords; () if it gave nothing to any of
    them.

    Raises ConfigError and TargetError with the account and what to do.
    """
    keys = [json.dumps([settings.host, dialect.name, one], sort_keys=True) for one in accounts or ({},)]
    if sum(key not in _known for key in keys) > 1 and any(one.get("password") for one in accounts):
        _say(f"{len(accounts)} accounts sign in before the first user, one at a time")
    for number, (key, account) in enumerate(zip(keys, accounts or ({},), strict=True), 1):
        if key not in _known:
            _known[key] = _sign_in(settings, dialect, account, number, sleep)
    found = [_known[key] for key in keys]
    return tuple(found) if accounts or found[0] else ()


def _sign_in(
    settings: Settings, dialect: Backend, account: Account, number: int, sleep: Callable[[float], None]
) -> Account:
    who = f"account {number}" + (f" ({safe(account['username'], 80)})" if account.get("username") else "")
    given = {name: account.get(name, {}) for name in _PARTS}
    kept = {name: value for name, value in account.items() if name in ("name", *_PARTS)}
    if not account.get("password") and (given["cookies"] or settings.cookies):
        return kept  # signed in already
    api = Api(settings, _SECONDS, account)

    def call(request: Request) -> CallAnswer:
        answer = _patient(api, request, who, sleep)
        if not answer.ok:
            refused = f"{who} was refused at the sign-in" if account else "its sign-in cannot be read"
            raise TargetError(f"{dialect.title} at {api.host}: {refused}: {answer.said}{_why(answer, dialect)}")
        return CallAnswer(answer.body, {one.name: one.value or "" for one in api.jar})

    access = dialect.sign_in(account, call)
    remember(*secrets_in(access))
    return kept | {name: given[name] | parts for name, parts in access.items()}


def _why(answer: HttpAnswer, dialect: Backend) -> str:
    """What to look at; "" if the backend failed or limits its callers."""
    if answer.status in (404, 405, 501):
        return f"; is it {dialect.title}? Without --dialect it is found out what it speaks"
    return "; are its username and password right?" if 400 <= answer.status < 500 and answer.status != 429 else ""


def _patient(api: Api, request: Request, who: str, sleep: Callable[[float], None]) -> HttpAnswer:
    """The answer, requested again within bounds if the backend limits sign-ins."""
    for usual in (*_WAITS, None):
        answer = api.call(request.method, request.path, request.body, request.headers)
        if answer.status != 429 or usual is None:
            return answer
        asked = answer.headers.get("retry-after", "")
        wait = max(1.0, min(seconds_in(asked, _WAITS[-1]), _WAITS[-1])) if asked else usual
        _say(f"{who}: the backend limits sign-ins (429); trying again in {wait:.0f} s")
        sleep(wait)
    raise AssertionError("the last attempt returns")


def check_enough(dialect: Backend, accounts: Sequence[Account], users: int, key: str, search: bool = False) -> None:
    """Raises ConfigError if a backend needs one account per user and there are fewer."""
    if not dialect.account_a_user:
        return
    why = f"{dialect.title} sends each reply to every socket of an account, so each user needs an account of its own"
    if search:
        raise ConfigError(f"{why}, and a search does not know how many it will need; use `stress --users N`")
    if users > (there := len(accounts) or (1 if key else 0)):
        raise ConfigError(
            f"--accounts: {users} users and {there} account{'' if there == 1 else 's'}. {why}. Give a file with {users} lines like "
            f'{{"username": "…", "password": "…"}}; `reznet-load accounts --create {users}` makes them and writes it'
        )


def _say(text: str) -> None:
    print(f"reznet-load: {text}", file=sys.stderr, flush=True)
