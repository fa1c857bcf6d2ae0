"""Settings from parsed options (our command line, or Locust's with ours added) and from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.probes import PROBES
from reznet_load.core.settings import backend_options, metrics_options, provider_options, reach_options
from reznet_load.core.settings.arrivals import PROCESSES, Arrivals, parse_rate
from reznet_load.core.settings.mix import parse_mix, parse_think
from reznet_load.core.settings.run_options import timeout_names
from reznet_load.core.settings.settings import Settings, Timeouts, keys_in
from reznet_load.core.text.addresses import without_driver
from reznet_load.core.text.secrets import remember
from reznet_load.core.units import parse_duration


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
        **reach_options.chosen(options),
        accounts=options.accounts,
        compression=options.compression == "on",
        database_url=without_driver(environ.get("DATABASE_URL", "")),
        redis_url=environ.get("REDIS_URL", ""),
        pid=_pid(options.pid),
        prometheus=options.prometheus,
        **metrics_options.chosen(options),
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
        raise ConfigError("--arrival-process needs a rate: add --arrivals 20/s, or leave it out")
    return Arrivals(parse_rate(rate, "--arrivals"), process or PROCESSES[0])


def _pid(value: int) -> int:
    if not 0 <= value < 1 << 31:
        raise ConfigError(f"--pid: read {value}, expected the number of a process, as `pgrep` prints it")
    return value


def parse_timeouts(items: list[str]) -> Timeouts:
    """The default time-outs, replaced by `step=duration` items."""
    values = asdict(Timeouts())
    for item in items:
        step, _, text = item.partition("=")
        if step.replace("-", "_") not in values or not text or parse_duration(text, f"--timeout {step}") <= 0:
            raise ConfigError(
                f"--timeout: read {item!r}, expected STEP=TIME like gap=10s; steps are {', '.join(timeout_names())}"
            )
        values[step.replace("-", "_")] = parse_duration(text, f"--timeout {step}")
    return Timeouts(**values)
