"""What master and worker must agree on before a user runs: versions, classes of users, options. Pure functions."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from reznet_load import __version__
from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.backend_options import is_file
from reznet_load.core.settings.settings import Settings, from_environment, to_environment

# Options that decide what users do, with their names on the command line; every other one is the master's alone, or
# (--trace) a worker's own.
SHARED = {
    "host": "--host", "dialect": "--dialect", "path": "--path", "model": "--model", "backend_key": "the backend's key",
    "think": "--think", "arrivals": "--arrivals", "timeouts": "--timeout", "mix": "--mix",
    "prompts": "--prompts", "headers": "--header", "cookies": "--cookie", "socket_auth": "--socket-auth",
    "accounts": "--accounts", "socket_path": "--socket-path", "ca": "--ca", "cert": "--cert", "key": "--key",
    "insecure": "--insecure", "compression": "--compression", "proxy": "--proxy", "provider_url": "--provider-url",
}  # fmt: skip
_FILES = (
    "prompts",
    "accounts",
    "ca",
    "cert",
    "key",
)  # options that name a file: its contents count, not its path
_SHOWN = (
    "host",
    "dialect",
    "path",
    "model",
    "think",
    "arrivals",
    "timeouts",
    "mix",
    "socket_path",
    "insecure",
    "compression",
)  # these contain no secret


@dataclass(frozen=True, slots=True)
class Terms:
    """What one process has.

    versions   of reznet-load, Locust and Python (its minor version)
    users      names of the locustfile's classes
    settings   every option, as in the variable ENVIRONMENT
    files      option -> the text of the file it names; of a dialect's file its digest
    """

    versions: dict[str, str]
    users: tuple[str, ...]
    settings: str
    files: dict[str, str]

    @property
    def chosen(self) -> Settings:
        """The options as a record."""
        return from_environment(self.settings)


def terms_of(settings: Settings, users: Sequence[str]) -> Terms:
    """The terms of this process; of a dialect's file only a digest: a worker runs code from its own disk alone."""
    texts = {name: Path(path).read_text(encoding="utf-8-sig") for name in _FILES if (path := getattr(settings, name))}
    if is_file(settings.dialect):
        texts["dialect"] = _digest(settings.dialect)
    known = {
        "reznet-load": __version__,
        "Locust": version("locust"),
        "Python": ".".join(platform.python_version_tuple()[:2]),
    }
    return Terms(known, tuple(sorted(users)), to_environment(settings), texts)


def _digest(path: str) -> str:
    """The digest of a file. Raises ConfigError if there is no such file."""
    try:
        return sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(f"--dialect {path}: cannot be read ({error.strerror})") from None


def to_data(terms: Terms) -> dict[str, Any]:
    """The terms as data for a message."""
    return asdict(terms)


def from_data(data: Mapping[str, Any]) -> Terms:
    """The terms from a message; one of another version may lack fields. Raises KeyError, TypeError, ValueError."""
    files = {str(name): str(text) for name, text in data["files"].items()}
    return Terms(dict(data["versions"]), tuple(data["users"]), str(data["settings"]), files)


def difference(master: Terms, worker: Terms) -> str:
    """Why a worker cannot take part, with both sides; "" if it can.

    An option that the worker was not given is taken from the master; one that it was given must be the same.
    """
    for name, ours in master.versions.items():
        if (theirs := worker.versions.get(name, "unknown")) != ours:
            return f"{name} {theirs} there and {ours} at the master: install the same on both"
    if master.users != worker.users:
        there, here = ", ".join(worker.users) or "none", ", ".join(master.users)
        return f"classes of users {there} there and {here} at the master: start both with the same locustfile"
    if said := _other_code(master, worker):
        return said
    odd = [_said(name, master, worker) for name in SHARED if not _agree(name, master, worker)]
    return f"{'; '.join(odd)}: give the option to the master alone, or the same one to both" if odd else ""


def _other_code(master: Terms, worker: Terms) -> str:
    """Why the worker cannot use the master's dialect if that is a Python file; "" if it can."""
    wanted = master.files.get("dialect")
    if wanted is None or wanted == worker.files.get("dialect"):
        return ""
    name = Path(str(_plain(master)["dialect"])).name
    what = "another text than" if "dialect" in worker.files else "not"
    return (
        f"--dialect there is {what} the master's {name}: this file is code, and no code is sent to a worker; copy it to the "
        f"worker's machine and start the worker with --dialect {name}"
    )


def _value(name: str, terms: Terms) -> Any:
    """The value of an option; for a file its text."""
    return terms.files.get(name, "") if name in _FILES else terms.files.get(name) or _plain(terms)[name]


def _plain(terms: Terms) -> dict[str, Any]:
    return json.loads(terms.settings)


def _agree(name: str, master: Terms, worker: Terms) -> bool:
    theirs = _value(name, worker)
    unset = "" if name in _FILES else json.loads(to_environment(Settings()))[name]
    return theirs in (unset, _value(name, master))


def _said(name: str, master: Terms, worker: Terms) -> str:
    if name not in _SHOWN:
        return f"{SHARED[name]} there is not the master's (neither is shown: they may be secret)"
    return f"{SHARED[name]} {_plain(worker)[name]!r} there and {_plain(master)[name]!r} at the master"


def adopted(own: Settings, master: Terms) -> Settings:
    """A worker's options from now on: the master's, except those about the worker's own machine."""
    chosen = master.chosen
    dialect = own.dialect if is_file(chosen.dialect) else chosen.dialect
    return replace(chosen, dialect=dialect, trace=own.trace, prompts="", accounts="", ca="", cert="", key="")
