"""What the probes of a run left (`probes.json`) laid into what is known of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from reznet_load.core.folder import FACTS
from reznet_load.core.run import Caution, RunInfo

_NAMES = {"postgres": "PostgreSQL", "redis": "Redis", "providers": "The providers", "processes": "The processes"}

_ADDRESSED = ("postgres", "redis")  # what was named by its address, and was to be there


def lay_in(folder: Path, info: RunInfo) -> RunInfo:
    """`info` with what the probes had, lacked, found and lost; as it is where none ran."""
    facts = _read(folder / FACTS)
    if facts is None:
        return info
    lacks, lost = facts.get("lacks", {}), facts.get("lost", {})
    return replace(
        info,
        has=tuple(dict.fromkeys([*info.has, *facts.get("has", [])])),
        lacks=info.lacks | lacks,
        probes={"before": facts.get("before", {}), "after": facts.get("after", {})},
        cautions=(
            *info.cautions,
            *(_lost(name, why) for name, why in sorted(lost.items())),
            *(_refused(name, why) for name, why in sorted(lacks.items()) if name in _ADDRESSED),
        ),
    )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _refused(name: str, why: str) -> Caution:
    return Caution(
        f"probe_refused_{name}",
        f"{_NAMES[name]} could not be looked at: {why}.",
        "Its requirements are Pending; check the address and the account, and run again.",
    )


def _lost(name: str, why: str) -> Caution:
    return Caution(
        f"probe_lost_{name}",
        f"{_NAMES.get(name, name)} went away during the run: {why}.",
        "What was measured until then is judged; look at that server's log, and run again.",
    )
