"""Adds the findings of the probes (`probes.json`) to the run info."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reznet_load.core.folder import FACTS
from reznet_load.core.phases.outages import outages
from reznet_load.core.probes import PROBES, title_of
from reznet_load.core.run import Caution, RunInfo
from reznet_load.core.text.foreign_text import safe_all
from reznet_load.core.units import format_duration

_SHOWN = 3  # absences that are reported individually
_SLACK_SECONDS = 2.0  # between an outage and a probe's observation of it


def lay_in(folder: Path, info: RunInfo) -> RunInfo:
    """`info` with what the probes had, lacked, found and lost; unchanged if no probe ran."""
    facts = _read(folder / FACTS)
    if facts is None:
        return info
    lacks = facts.get("lacks", {})
    return replace(
        info,
        has=tuple(dict.fromkeys([*info.has, *facts.get("has", [])])),
        lacks=info.lacks | lacks,
        probes={"before": facts.get("before", {}), "after": facts.get("after", {})},
        cautions=(
            *info.cautions,
            *_absences(info, facts.get("lost", {}), facts.get("away", {})),
            *(_refused(name, why) for name, why in sorted(lacks.items()) if name in PROBES and PROBES[name].addressed),
            *(_answered_no(name, why) for name, why in sorted(facts.get("refused", {}).items())),
            *(_broken(name, why) for name, why in sorted(facts.get("broken", {}).items())),
            *_left_off(facts.get("after", {}).get("redis", {})),
        ),
    )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = safe_all(json.loads(path.read_text(encoding="utf-8")), lines=True, masked=False)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _refused(name: str, why: str) -> Caution:
    return Caution(
        f"probe_refused_{name}",
        f"{title_of(name)} could not be checked: {why}.",
        "Its requirements are Pending; check the address and the account, and run again.",
    )


def _answered_no(name: str, why: str) -> Caution:
    return Caution(
        f"probe_answered_no_{name}",
        f"{why[:1].upper()}{why[1:]}.",
        "Its values are missing; check the permissions of the account, and whether the schema is the expected one.",
    )


def _broken(name: str, why: str) -> Caution:
    return Caution(
        f"probe_broken_{name}",
        f"{title_of(name)}: {why}.",
        "Its measurements are missing, which says nothing about the server; please report this as a defect.",
    )


def _left_off(redis: dict[str, Any]) -> Iterator[Caution]:
    """Settings that the test of invalidation changed and could not restore."""
    if why := redis.get("agent_left_off"):
        yield Caution(
            "agent_left_off", f"{why[:1].upper()}{why[1:]}.", "Switch it on again by hand: users cannot ask it."
        )


def _absences(info: RunInfo, lost: dict[str, str], away: dict[str, list[dict[str, Any]]]) -> Iterator[Caution]:
    """For each server: whether it is gone, and when it was away before. Outages that the run made itself are judged
    elsewhere.
    """
    for name in sorted(lost.keys() | away.keys()):
        gaps = away.get(name, [])
        if name in lost:
            yield _lost(name, lost[name], next((gap["since"] for gap in gaps if gap["until"] is None), None))
        if complete := [gap for gap in gaps if gap["until"] is not None and not _cut(info, name, gap["since"])]:
            yield _away(name, complete)


def _cut(info: RunInfo, part: str, at: float) -> bool:
    gone = [one.gone for one in outages(info.phases) if one.part == part]
    return any(phase.start - _SLACK_SECONDS <= at <= phase.end + _SLACK_SECONDS for phase in gone)


def _lost(name: str, why: str, since: float | None) -> Caution:
    when = "during the run" if since is None else f"at {_clock(since)} UTC and did not come back"
    return Caution(
        f"probe_lost_{name}",
        f"{title_of(name)} went away {when}: {why}.",
        "What was measured until then is judged; look at that server's log, and run again.",
    )


def _away(name: str, gaps: list[dict[str, Any]]) -> Caution:
    spans = ", ".join(f"from {_clock(gap['since'])} to {_clock(gap['until'])} UTC" for gap in gaps[:_SHOWN])
    if len(gaps) > _SHOWN:
        seconds = sum(gap["until"] - gap["since"] for gap in gaps)
        spans += f" and {len(gaps) - _SHOWN} times more, {format_duration(seconds)} in all"
    did = PROBES[name].away if name in PROBES else "did not answer"
    return Caution(
        f"probe_away_{name}",
        f"{title_of(name)} {did} {spans} ({gaps[-1]['why']}); judged on what was measured.",
        "Its requirements do not cover that time; look at that server's log, and run again.",
    )


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
