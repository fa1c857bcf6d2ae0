"""Which earlier runs a run may be compared with, and why others are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from reznet_load.history.store import Line

MOST = 30  # runs a comparison looks back (MEASUREMENT.md, section 4), the run itself among them
_INVALID = ("void", "interrupted")
_PARTS = (("cpu", "processor"), ("cores", "number of cores"), ("dialect", "dialect"))


def valid(line: Line) -> bool:
    """Did the run measure the backend, and to its end?"""
    return line["outcome"] not in _INVALID


def unlike(line: Line, other: Line) -> str:
    """Why two runs say nothing about each other, in words; `` where they are comparable."""
    if line["scenario"] != other["scenario"]:
        return f"scenario {other['scenario']}, not {line['scenario']}"
    if line["users"] != other["users"]:
        return f"{other['users']} users, not {line['users']}"
    if line.get("mix") and other.get("mix") and line["mix"] != other["mix"]:
        return "another mix of users"
    if (line["fingerprint"], line["target"]) != (other["fingerprint"], other["target"]):
        return f"another environment ({_difference(line, other)})"
    return "" if valid(other) else f"{other['outcome']} run"


def _difference(line: Line, other: Line) -> str:
    """What makes two fingerprints differ."""
    if line["target"] != other["target"]:
        return f"target {other['target']}, not {line['target']}"
    if line.get("options", "") != other.get("options", ""):
        return f"target options {other.get('options') or 'none'}, not {line.get('options') or 'none'}"
    for name, words in _PARTS:
        mine, its = line.get(name, ""), other.get(name, "")
        if mine and its and mine != its:
            return f"{words} {its}, not {mine}"
    return "other requirements in nfr.toml"


def comparable(line: Line, earlier: Iterable[Line]) -> list[Line]:
    """Those of `earlier` that `line` may be compared with, the latest last, as many as a comparison looks back on."""
    return [other for other in earlier if not unlike(line, other)][-(MOST - 1) :]


def left_out(line: Line, earlier: Iterable[Line]) -> list[str]:
    """Why the others are left out, the most frequent first: `3 × 100 users, not 50`."""
    reasons = Counter(reason for other in earlier if (reason := unlike(line, other)))
    return [f"{count} × {reason}" for reason, count in reasons.most_common()]
