"""Commands about backends: which are known, one question to any of them, and accounts for a load of them."""

from __future__ import annotations

import argparse
import os

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings import reach_options
from reznet_load.core.settings.backend_options import check_path
from reznet_load.core.settings.settings import Settings, keys_in
from reznet_load.core.text.addresses import without_driver
from reznet_load.core.text.secrets import remember


def add(commands: argparse._SubParsersAction) -> None:
    """Add `backends`, `try` and `accounts`."""
    known = commands.add_parser("backends", help="the known backends: how each is recognised, and what it needs")
    known.set_defaults(act=backends)
    one = commands.add_parser(
        "try",
        help="ask a backend one question, and print each event with its time",
        description="Ask a backend one question, outside of any load, and report what happens. A key is read from "
        "$OPENAI_API_KEY, $ANTHROPIC_API_KEY or, for the others, $BACKEND_API_KEY.",
    )
    _add_reach(one)
    one.add_argument("--path", default="", help="path that questions are sent to (default: the dialect's own)")
    one.add_argument("--model", default="", metavar="NAME", help="the model that is asked")
    one.add_argument("--question", default="", metavar="TEXT", help="the question (default: a greeting)")
    one.add_argument(
        "--accounts", default="", metavar="FILE", help="asked as the first account of this file, signed in before"
    )
    one.set_defaults(act=ask)
    _add_accounts(commands)


def _add_accounts(commands: argparse._SubParsersAction) -> None:
    summary = "create accounts for a load where a backend's API can, and remove them after it"
    made = commands.add_parser(
        "accounts",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}. An administrator's token is read from $BACKEND_API_KEY, or --admin names "
        "a file with one account.",
    )
    what = made.add_mutually_exclusive_group(required=True)
    what.add_argument("--create", type=int, default=0, metavar="N", help="make N accounts")
    what.add_argument("--remove", default="", metavar="FILE", help="remove the accounts of a file that --create wrote")
    made.add_argument(
        "--out", default="accounts.jsonl", metavar="FILE", help="where --create writes them (default accounts.jsonl)"
    )
    made.add_argument(
        "--admin", default="", metavar="FILE", help="an accounts file whose first account may create others"
    )
    _add_reach(made)
    made.set_defaults(act=accounts)


def _add_reach(one: argparse.ArgumentParser) -> None:
    """Which backend is meant, and how it is reached."""
    one.add_argument("--host", default=os.environ.get("HOST", ""), help="the backend (default: $HOST)")
    one.add_argument("--dialect", default="", metavar="NAME|FILE", help="what it speaks (default: recognised)")
    reach_options.add(one)


def backends(options: argparse.Namespace, _: list[str]) -> int:
    """Print a table of the dialects."""
    from reznet_load.drive.try_list import table

    print(table(), flush=True)
    return 0


def ask(options: argparse.Namespace, _: list[str]) -> int:
    """Returns 0 if the reply came to its end, else 1."""
    from reznet_load.drive.try_one import Trial, ask

    check_path(options.path)
    settings = _settings(options, options.accounts)
    given = {
        name: getattr(options, name) for name in ("dialect", "path", "model", "question") if getattr(options, name)
    }
    return ask(settings, Trial(**given), lambda line: print(line, flush=True))


def accounts(options: argparse.Namespace, _: list[str]) -> int:
    """Returns 0 if all were created or removed."""
    from reznet_load.drive.accounts import AccountsWanted, accounts

    if not options.remove and options.create < 1:
        raise ConfigError(f"--create: read {options.create}, expected the number of accounts, 1 or more")
    given = {name: getattr(options, name) for name in ("create", "out", "remove", "admin", "dialect")}
    return accounts(_settings(options), AccountsWanted(**given), lambda line: print(line, flush=True))


def _settings(options: argparse.Namespace, accounts: str = "") -> Settings:
    if not options.host:
        raise ConfigError("--host URL: which backend is to be asked? One like http://127.0.0.1:8000")
    settings = Settings(
        host=options.host.rstrip("/"),
        accounts=accounts,
        database_url=without_driver(os.environ.get("DATABASE_URL", "")),
        redis_url=os.environ.get("REDIS_URL", ""),
        **reach_options.chosen(options),
    )
    remember(*settings.secrets(), *keys_in(os.environ))
    return settings
