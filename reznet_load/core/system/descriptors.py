"""How many files and sockets a process may have open, and how many a run needs: checked before the first user."""

from __future__ import annotations

import math
import resource

from reznet_load.core.errors import ConfigError
from reznet_load.core.kinds import CHANNEL, KINDS

# Of a generator process without users: 21 counted (loop, logs, samples, Locust's CSVs, probes, calibration), plus a
# reserve for name resolution and the judge.
BASE = 40
_SPARE = 1.1  # a connection may be opened again before the kernel has closed the old one
_TARGET_BASE, _TARGET_USER = (
    120,
    3,
)  # of the embedded target: servers and pools; then a socket, a REST call and a stream to the provider per user
_MOST = 65_536  # more is useless: one loop cannot read more sockets


def raise_limit() -> int:
    """Raise the limit of this process and its children to the hard limit; returns the limit that applies now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):
            return soft
    return limit()


def limit() -> int:
    """Files and sockets that this process may hold open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if soft == resource.RLIM_INFINITY else soft


def needed(mix: dict[str, int], processes: int = 1, callers: int = 0) -> int:
    """Descriptors that one of `processes` needs if they share the users of `mix`; each has `callers` of open arrivals.

    A user has a socket; one without its own channel also has a REST connection.
    """
    sockets = 0
    for kind, users in mix.items():
        browses = kind not in KINDS or CHANNEL not in KINDS[kind].needs
        sockets += math.ceil(users / processes) * (2 if browses else 1)
    return BASE + math.ceil(_SPARE * sockets) + callers


def check(wanted: int, allowed: int, whose: str) -> None:
    """Raises ConfigError if `whose` process may not have `wanted` descriptors."""
    if wanted > allowed:
        raise ConfigError(
            f"{whose} needs {wanted} open files and sockets for the users of this run, and its limit is {allowed}: "
            f"run `ulimit -n {wanted}` first (as root where that is refused), or plan fewer users or more workers"
        )


def check_target(users: int) -> None:
    """Raises ConfigError if the embedded target, a child of this process, would not have enough for `users`."""
    check(_TARGET_BASE + _TARGET_USER * users, limit(), "the embedded target")
