"""Decides which earlier runs a run may be compared with, and says why other runs are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from reznet_load.core.units import format_duration, format_value
from reznet_load.history.line import HistoryLine

MOST = 30  # most runs in a comparison, the newest included (docs/rules/comparisons.md#levels-of-runs)
_INVALID = ("void", "interrupted")
_PARTS = (("cpu", "processor"), ("cores", "number of cores"), ("dialect", "dialect"))


def invalid(line: HistoryLine) -> str:
    """The kind of an invalid run, such as `void`; "" for a run that measured the backend to its end."""
    if line.outcome in _INVALID:
        return line.outcome
    return "stopped early" if line.stopped else ""


def unlike(line: HistoryLine, other: HistoryLine) -> str:
    """Why two runs cannot be compared, in words; "" if they can."""
    if line.scenario != other.scenario:
        return f"scenario {other.scenario}, not {line.scenario}"
    if reason := _other_load(line, other):
        return reason
    if (line.fingerprint, line.target) != (other.fingerprint, other.target):
        return f"another environment ({_difference(line, other)})"
    return f"{reason} run" if (reason := invalid(other)) else ""


def like(line: HistoryLine) -> str:
    """The load that comparable runs must share: `50 users`, or `a search of 9m`."""
    seconds = line.search
    return f"a search of {format_duration(seconds)}" if seconds else format_value(line.users, "users")


def same_load(line: HistoryLine, other: HistoryLine) -> bool:
    """Do both runs have the same number of users, or are both searches of the same length?

    The number of users of a search is its result, so it may differ.
    """
    mine, its = line.search, other.search
    return mine == its if mine or its else line.users == other.users


def _other_load(line: HistoryLine, other: HistoryLine) -> str:
    mine, its = line.mix, other.mix
    if not same_load(line, other):
        if line.search and not other.search:
            return "no capacity in the line of an earlier version"
        alike = bool(line.search) == bool(other.search)
        return f"{like(other)}, not {like(line).removesuffix(' users') if alike else like(line)}"
    if mine and its and not (_same_shares(mine, its) if line.search else _same_users(mine, its)):
        return "another mix of users"
    return ""


def _same_users(mix: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """The same number of users of each kind? A kind that an earlier version did not know counts as 0."""
    return all(mix.get(kind, 0) == other.get(kind, 0) for kind in mix.keys() | other.keys())


def _same_shares(mix: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """Can both mixes come from the same weights? Then the shares of each kind differ by rounding only (one user)."""
    mine, its = max(sum(mix.values()), 1), max(sum(other.values()), 1)
    kinds = mix.keys() | other.keys()
    return all(abs(mix.get(k, 0) / mine - other.get(k, 0) / its) < 1 / mine + 1 / its for k in kinds)


def _difference(line: HistoryLine, other: HistoryLine) -> str:
    """What differs between two fingerprints."""
    if line.target != other.target:
        return f"target {other.target}, not {line.target}"
    if line.options != other.options:
        return f"target options {other.options or 'none'}, not {line.options or 'none'}"
    for name, words in _PARTS:
        mine, its = getattr(line, name), getattr(other, name)
        if mine and its and mine != its:
            return f"{words} {its}, not {mine}"
    return "other requirements in nfr.toml"


def comparable(line: HistoryLine, earlier: Iterable[HistoryLine]) -> list[HistoryLine]:
    """The latest runs of `earlier` that `line` may be compared with, oldest first; at most MOST - 1."""
    return [other for other in earlier if not unlike(line, other)][-(MOST - 1) :]


def left_out(line: HistoryLine, earlier: Iterable[HistoryLine]) -> list[str]:
    """Why other runs are left out, the most frequent reason first: `3 × 100 users, not 50`."""
    reasons = Counter(reason for other in earlier if (reason := unlike(line, other)))
    return [f"{count} × {reason}" for reason, count in reasons.most_common()]
