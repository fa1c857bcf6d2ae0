"""How settings are chosen: the command line (ours or Locust's own with our options beside), and the environment."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.probes import PROBES
from reznet_load.core.settings import backend_options, provider_options
from reznet_load.core.settings.accounts import check_pair, parse_object
from reznet_load.core.settings.arrivals import PROCESSES, Arrivals, parse_rate
from reznet_load.core.settings.mix import mix_text, parse_mix, parse_think, think_text
from reznet_load.core.settings.settings import Settings, Timeouts, keys_in
from reznet_load.core.text.addresses import without_driver
from reznet_load.core.text.secrets import remember
from reznet_load.core.units import parse_duration

COLORS = ("auto", "always", "never")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a run that Locust has not already (it has host, users, run time and spawn rate)."""
    group = parser.add_argument_group("reznet-load")
    backend_options.add(group)
    group.add_argument(
        "--mix",
        default="",
        metavar="KIND=N,…",
        help=f"users of each kind, as weights (default {mix_text()}, in short 24:12:14)",
    )
    group.add_argument(
        "--think", action="append", default=[], metavar="KIND=S", help=f"think times in seconds: {think_text()}"
    )
    group.add_argument(
        "--arrivals",
        default="",
        metavar="RATE",
        help="REST calls beside the users by those who do not wait for answers, like 20/s; judged from their intended starts",
    )
    group.add_argument(
        "--arrival-process",
        choices=PROCESSES,
        default="",
        help="how they are spread: as many independent callers give it, or evenly (default poisson)",
    )
    group.add_argument(
        "--prompts", default="", metavar="FILE", help="questions for agents, one a line, `@agent` may lead"
    )
    group.add_argument("--nfr", default="", metavar="FILE", help="requirements laid over nfr.toml, by id")
    group.add_argument("--templates", default="", metavar="DIR", help="templates laid over the shipped ones")
    group.add_argument(
        "--timeout", action="append", default=[], metavar="STEP=T", help=f"time-outs: {', '.join(_timeout_names())}"
    )
    group.add_argument(
        "--header", action="append", default=[], metavar="NAME:VALUE", help="sent with every request and handshake"
    )
    group.add_argument(
        "--cookie", action="append", default=[], metavar="NAME=VALUE", help="sent with every request and handshake"
    )
    group.add_argument(
        "--socket-auth",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="of the auth object of the Socket.IO connect; or that object as JSON",
    )
    group.add_argument(
        "--accounts",
        default="",
        metavar="FILE",
        help="test accounts, one JSON object a line: headers, cookies, socket_auth",
    )
    group.add_argument("--socket-path", default="/socket.io/", help="path of Socket.IO (default /socket.io/)")
    group.add_argument("--ca", default="", metavar="FILE", help="certificates to trust next to the system's")
    group.add_argument(
        "--cert", default="", metavar="FILE", help="client certificate (PEM), also of Redis and --prometheus"
    )
    group.add_argument("--key", default="", metavar="FILE", help="its private key, where --cert does not hold it")
    group.add_argument("--insecure", action="store_true", help="do not verify certificates; the report says so")
    group.add_argument(
        "--compression",
        choices=("on", "off"),
        default="on",
        help="offer permessage-deflate as browsers do (default on)",
    )
    group.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="a host that is neither loopback nor private"
    )
    group.add_argument(
        "--proxy",
        default="",
        metavar="URL",
        help="an HTTP proxy on the way to the deployment (CONNECT); those of the environment are not used for it",
    )
    group.add_argument("--reports", default="reports", metavar="DIR", help="where run folders go (default reports)")
    group.add_argument(
        "--target-name", default=os.environ.get("TARGET_NAME", ""), help="the deployment's name in reports and history"
    )
    group.add_argument(
        "--pid", type=int, default=0, help="the backend's process on this machine, where its port does not tell"
    )
    group.add_argument(
        "--prometheus", default="", metavar="URL", help="the backend's metrics page, where it runs on another host"
    )
    provider_options.add(group)
    group.add_argument("--trace", default="", metavar="FILE", help="each message and turn with its id, as JSON lines")
    group.add_argument("--no-probes", action="store_true", help="look at no PostgreSQL, Redis, provider or process")
    group.add_argument("--strict", action="store_true", help="exit 1 on a Warning too")
    group.add_argument(
        "--stop-on-fail",
        action="store_true",
        help="end the run, as a Fail, where nothing of a required row has succeeded for 20 s",
    )
    group.add_argument(
        "--color",
        choices=COLORS,
        default="auto",
        help="on the terminal (default auto: where it is one, without $NO_COLOR)",
    )
    add_summary(group)


def add_summary(group: argparse._ActionsContainer) -> None:
    """`--no-summary`."""
    group.add_argument(
        "--no-summary",
        action="store_true",
        help="do not append SUMMARY.md to $GITHUB_STEP_SUMMARY, and annotate nothing",
    )


def from_namespace(options: Any, environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from parsed options (ours or Locust's) and `DATABASE_URL`, `REDIS_URL`. Raises ConfigError."""
    duration = getattr(options, "duration", None)
    duration = (getattr(options, "run_time", None) or None) if duration is None else duration
    rate = getattr(options, "spawn_rate", None)
    users = getattr(options, "users", None) or getattr(options, "num_users", None)
    ramp = getattr(options, "ramp", None)
    settings = Settings(
        host=(getattr(options, "host", None) or "").rstrip("/"),
        users=users,
        duration=_held(duration, "--duration") if duration is not None else None,
        ramp=parse_duration(ramp, "--ramp") if ramp else (users / rate if users and rate else None),
        mix=parse_mix(options.mix) if options.mix else Settings().mix,
        think=parse_think(options.think),
        arrivals=_arrivals(options.arrivals, options.arrival_process),
        timeouts=parse_timeouts(options.timeout),
        prompts=options.prompts,
        nfr=options.nfr,
        templates=options.templates,
        headers=pairs_of(options.header, ":", "--header"),
        cookies=pairs_of(options.cookie, "=", "--cookie"),
        socket_auth=_auth(options.socket_auth),
        accounts=options.accounts,
        socket_path=options.socket_path,
        ca=options.ca,
        cert=options.cert,
        key=options.key,
        insecure=options.insecure,
        compression=options.compression == "on",
        proxy=options.proxy,
        allow_host=tuple(options.allow_host),
        database_url=without_driver(environ.get("DATABASE_URL", "")),
        redis_url=environ.get("REDIS_URL", ""),
        pid=_pid(options.pid),
        prometheus=options.prometheus,
        trace=options.trace,
        probes=() if options.no_probes else tuple(PROBES),
        **backend_options.chosen(options),
        **provider_options.chosen(options, environ),
        reports=options.reports,
        target=options.target_name,
        strict=options.strict,
        stop_on_fail=options.stop_on_fail,
        color=options.color,
        summary=not options.no_summary,
    )
    remember(*settings.secrets(), *keys_in(environ))
    return settings


def _held(text: object, where: str) -> float:
    seconds = parse_duration(str(text), where)
    if seconds < 1:
        raise ConfigError(f"{where}: read {text!r}, expected 1s or more")
    return seconds


def _arrivals(rate: str, process: str) -> Arrivals:
    if process and not rate:
        raise ConfigError(
            "--arrival-process: nothing arrives without a rate; give --arrivals 20/s too, or leave it out"
        )
    return Arrivals(parse_rate(rate, "--arrivals"), process or PROCESSES[0])


def _pid(value: int) -> int:
    if not 0 <= value < 1 << 31:
        raise ConfigError(f"--pid: read {value}, expected the number of a process, as `pgrep` prints it")
    return value


def _timeout_names() -> list[str]:
    return [f.name.replace("_", "-") for f in fields(Timeouts)]


def parse_timeouts(items: list[str]) -> Timeouts:
    """`step=duration` items over the shipped time-outs."""
    values = asdict(Timeouts())
    for item in items:
        step, _, text = item.partition("=")
        if step.replace("-", "_") not in values or not text or parse_duration(text, f"--timeout {step}") <= 0:
            raise ConfigError(
                f"--timeout: read {item!r}, expected STEP=TIME like gap=10s; steps are {', '.join(_timeout_names())}"
            )
        values[step.replace("-", "_")] = parse_duration(text, f"--timeout {step}")
    return Timeouts(**values)


def _auth(items: list[str]) -> dict[str, Any]:
    """NAME=VALUE items, or JSON objects, as one auth object."""
    auth: dict[str, Any] = {}
    for item in items:
        given = item.lstrip().startswith(("{", "["))
        auth |= parse_object(item, "--socket-auth") if given else pairs_of([item], "=", "--socket-auth")
    return auth


def pairs_of(items: list[str], separator: str, where: str) -> dict[str, str]:
    """`NAME<separator>VALUE` of each item. Raises ConfigError naming the option `where`."""
    pairs = {}
    for item in items:
        name, found, value = item.partition(separator)
        if not found:
            raise ConfigError(
                f"{where}: expected NAME{separator}VALUE, read something else (not shown: it may be secret)"
            )
        check_pair(name.strip(), value, where)
        pairs[name.strip()] = value.strip()
    return pairs
