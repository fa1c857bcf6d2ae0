"""Run folders with known numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from reznet_load.core import folder as run_folder
from reznet_load.core.deployment import DeploymentFacts
from reznet_load.core.measured.measurement import RECORD_FIELDS
from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.nfr import load_requirements
from reznet_load.core.profile import Phase
from reznet_load.core.run import SUITE, RunInfo
from reznet_load.core.system.resources import resource
from reznet_load.report.lines import ONE_USER
from reznet_load.suite.scope import Scope

ORIGIN = 1_790_000_000.0
Values = dict[str, np.ndarray]


def info(users: int = 50, seconds: float = 60, **changes: object) -> RunInfo:
    """A finished load run with a ramp-up of 10 s."""
    phases = (
        Phase("ramp-up", ORIGIN, ORIGIN + 10, users, False),
        Phase("steady", ORIGIN + 10, ORIGIN + 10 + seconds, users, True),
    )
    facts: dict[str, object] = {
        "id": "20260921-120000_load_abc1234", "scenario": "load", "started": "2026-09-21T12:00:00Z",
        "host": "http://127.0.0.1:8000", "target": "embedded", "users": users, "command": "reznet-load load",
        "ended": "2026-09-21T12:01:20Z", "origin": ORIGIN, "deployment": DeploymentFacts("v1"), "phases": phases,
        "has": ("rest", "chat", "agent"), "mix": {"rest": 24, "chat": 12, "agent": 14},
    }  # fmt: skip
    return RunInfo(**(facts | changes))  # type: ignore[arg-type]


def spread(count: int, seconds: float, begin: float = 10.0) -> np.ndarray:
    """`count` starts evenly over the steady phase."""
    return ORIGIN + begin + (np.arange(count) + 0.5) * seconds / max(count, 1)


def write_samples(
    folder: Path, rows: Values, seconds: float = 60, units: dict[str, str] | None = None, worker: str = "local",
    errors: dict[str, tuple[np.ndarray, str]] | None = None, late: Values | None = None,
) -> None:  # fmt: skip
    """`rows`: key -> values; `errors`: key -> (which of them failed, text)."""
    samples = folder / run_folder.SAMPLES
    samples.mkdir(parents=True, exist_ok=True)
    names, packed = [], []
    for number, (key, values) in enumerate(rows.items()):
        kind, _, name = key.partition(" ")
        names.append({"row": number, "kind": kind, "name": name, "unit": (units or {}).get(key, "ms")})
        records = np.zeros(len(values), np.dtype(RECORD_FIELDS))
        records["start"], records["value"], records["row"] = spread(len(values), seconds), values, number
        records["late"] = (late or {}).get(key, np.full(len(values), np.nan))
        if errors and key in errors:
            failed, text = errors[key]
            names.append({"error": number + 1, "text": text})
            records["error"][failed] = number + 1
        packed.append(records)
    (samples / f"{worker}.names.jsonl").write_text("".join(json.dumps(name) + "\n" for name in names))
    (samples / f"{worker}.bin").write_bytes(np.concatenate(packed).tobytes() if packed else b"")


def enough(rows: Values) -> Values:
    """`rows`, each repeated until it has the samples that the shipped requirements on it need to pass."""
    nfrs = load_requirements(resource("nfr.toml")).nfrs
    floors = {key: max((statistic_of(n.statistic).floor for n in nfrs if n.matches(key)), default=1) for key in rows}
    return {key: np.resize(values, max(len(values), floors[key])) for key, values in rows.items()}


def healthy(seconds: float = 60, users: int = 50) -> tuple[Values, dict[str, str]]:
    """The rows of a quiet run and their units."""
    rng = np.random.default_rng(5)
    whole = int(seconds)
    rows: Values = {
        "CHAT agent turn": rng.lognormal(np.log(1050), 0.2, 200),
        "CHAT first token": rng.lognormal(np.log(250), 0.15, 200),
        "CHAT chunk gap": rng.lognormal(np.log(20), 0.15, 800),
        "CHAT echo": rng.lognormal(np.log(3), 0.3, 300),
        "CHAT ping": rng.lognormal(np.log(1), 0.3, 300),
        "GET /api/agents": rng.lognormal(np.log(2), 0.3, 330),
        "GET /health": rng.lognormal(np.log(1), 0.3, 330),
        "COUNT reply chunks": np.full(200, 40.0),
        "GAUGE sockets": np.full(whole, float(users)),
        "GAUGE loop lag": rng.uniform(0, 2, whole * 20),
        "GAUGE generator cpu": np.full(whole, 8.0),
        "GAUGE calibration error": rng.uniform(0, 1, whole * 10),
    }
    units = {"COUNT reply chunks": "chunks", "GAUGE sockets": "users", "GAUGE generator cpu": "%"}
    return enough(rows), units


def write_run(folder: Path, rows: Values, units: dict[str, str], run: RunInfo | None = None, **more: object) -> Path:
    """A whole run folder."""
    run = run or info()
    folder.mkdir(parents=True, exist_ok=True)
    run_folder.write_info(folder, run)
    (folder / "nfr.toml").write_bytes(resource("nfr.toml").read_bytes())
    steady = next(phase for phase in run.phases if phase.judged)
    write_samples(folder, rows, steady.seconds, units, **more)  # type: ignore[arg-type]
    return folder


def suite_info(**changes: object) -> RunInfo:
    """A finished run of the performance suite of the same target, without its load requirements."""
    shipped = load_requirements(resource("nfr.toml"))
    load_only = [nfr for nfr, reason in Scope().lacks(shipped).items() if reason == ONE_USER]
    facts: dict[str, object] = {
        "id": "20260921-100000_perf_abc1234", "scenario": SUITE, "started": "2026-09-21T10:00:00Z", "mix": {},
        "ended": "2026-09-21T10:03:20Z", "command": "reznet-load perf",
        "phases": (Phase("suite", ORIGIN + 10, ORIGIN + 210, 1, True),), "has": ("agent", "postgres", "redis", "rest"),
        "lacks": dict.fromkeys(load_only, ONE_USER),
    }  # fmt: skip
    return info(**({"users": 1} | facts | changes))  # type: ignore[arg-type]


def suite_rows() -> tuple[Values, dict[str, str]]:
    """What the suite measures, and the units."""
    rng = np.random.default_rng(11)
    rows: Values = {
        "CHAT agent turn": rng.lognormal(np.log(1000), 0.1, 80),
        "CHAT simple agent turn": rng.lognormal(np.log(900), 0.1, 10),
        "CHAT first token": rng.lognormal(np.log(240), 0.1, 80),
        "CHAT chunk gap": rng.lognormal(np.log(19), 0.1, 400),
        "COUNT reply chunks": np.full(80, 40.0),
        "GET /health": rng.lognormal(np.log(1), 0.2, 80),
        "GET /api/agents": rng.lognormal(np.log(2), 0.2, 80),
        "PROBE agent list query": rng.lognormal(np.log(0.7), 0.2, 80),
        "PROBE message page query": rng.lognormal(np.log(1.5), 0.2, 80),
        "PROBE anthropic first byte": rng.lognormal(np.log(250), 0.1, 40),
        "PROBE openai first byte": rng.lognormal(np.log(260), 0.1, 40),
        "PROBE cache read": np.full(160, 100.0),
        "PROBE agent list without query": np.full(80, 100.0),
        "PROBE cache SET": rng.lognormal(np.log(0.4), 0.2, 80),
        "PROBE cache GET": rng.lognormal(np.log(0.2), 0.2, 80),
        "GAUGE compression negotiated": np.full(80, 100.0),
        "GAUGE payload saved": np.full(80, 45.0),
        "GAUGE loop lag": rng.uniform(0, 2, 4000),
        "GAUGE generator cpu": np.full(200, 5.0),
    }
    percent = ("PROBE cache read", "PROBE agent list without query", "GAUGE compression negotiated",
               "GAUGE payload saved", "GAUGE generator cpu")  # fmt: skip
    return enough(rows), {"COUNT reply chunks": "chunks"} | dict.fromkeys(percent, "%")
