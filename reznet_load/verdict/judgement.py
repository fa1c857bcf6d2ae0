"""The judgement of one requirement on one row of one phase, and how the worst of many is found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reznet_load.core.nfr import Nfr
from reznet_load.core.rows import named
from reznet_load.core.run import Verdict
from reznet_load.core.units import Limit, format_value

MORE_USERS = "users do it once, when they arrive: more users would tell, a longer run would not"
# `open` of a Warning: more samples would decide; a stall may be hidden.
SAMPLES, STALL = "samples", "stall"
# `open` of a verdict without a value: its operations failed; its rows have no samples. Of any verdict: the run is void.
FAILURES, SILENT, VOID = "failures", "silent", "void"
# Seconds that a run of five minutes adds to one of a minute: the next step is such a run, so that a reason names only more.
_SOON = 240.0
_HOPELESS = 7200.0  # seconds that no run is given (our judgement)
_NEVER = "; the value lies so near its limit that this run is far too short to tell"
_MINUTES = re.compile(r" would tell, (\d+) min or more at this rate")
# failures, or values beyond the limit, before a Fail: one of one would put the lower bound of its share just above 5 %
FEWEST = 2
# Of several outcomes the one with the highest rank decides, everywhere in the project.
RANK = {"pass": 0, "warning": 1, "pending": 2, "fail": 3}


@dataclass(frozen=True, slots=True)
class Judgement:
    """An outcome with its evidence.

    `value`, `low`, `high` in `unit`; `n` samples, equivalent to `effective` independent ones; `open` like a Verdict's.
    """

    outcome: str
    value: float | None
    unit: str
    n: int
    row: str
    phase: str
    low: float | None = None
    high: float | None = None
    reason: str = ""
    counts: bool = True
    effective: float | None = None
    open: str = ""


def worst(nfr: Nfr, judgements: Iterable[Judgement]) -> Judgement | None:
    """The judgement that decides: worst outcome first, then the worst value."""

    def badness(one: Judgement) -> tuple[int, float]:
        value = one.value if one.value is not None else nfr.limit.value
        return RANK[one.outcome], value if nfr.limit.below else -value

    return max(judgements, key=badness, default=None)


def pending(nfr: Nfr, reason: str, counts: bool) -> Verdict:
    """A verdict that `nfr` is pending, and why; `counts`: does it make the run unjudged?"""
    return Verdict(
        nfr.id,
        nfr.title,
        "pending",
        nfr.limit.unit,
        nfr.target_text,
        reason=reason,
        required=nfr.required,
        counts=counts,
    )


def by_bounds(limit: Limit, low: float, high: float) -> str:
    """The outcome if the bounds alone decide."""
    if limit.holds(low) and limit.holds(high):
        return "pass"
    return "warning" if limit.holds(low) or limit.holds(high) else "fail"


def two_at_least(outcome: str, bad: int) -> str:
    """`outcome`, but with fewer than FEWEST failures or values beyond the limit (`bad`) a Fail becomes a Warning."""
    return "warning" if outcome == "fail" and bad < FEWEST else outcome


def misses(limit: Limit) -> str:
    """The verb of a value that does not meet its limit: `exceeds` an upper limit, `misses` a lower one."""
    return "exceeds" if limit.below else "misses"


def stands(outcome: str, limit: Limit) -> str:
    """`exceeds the limit of < 3 s` for a Fail; `is not decided: the interval contains the limit of < 3 s` for anything else."""
    if outcome == "fail":
        return f"{misses(limit)} the limit of {limit.text}"
    return f"is not decided: the interval contains the limit of {limit.text}"


NOT_JUDGED = ", so the latency of the others is not judged"  # ends a reason; a document says it once


def one_only(n: int) -> str:
    """Why a single failure, or a single value beyond the limit, is not a Fail."""
    return f"1 of {n} proves nothing, {FEWEST} are the least"


def none_succeeded(row: str, failed: int) -> str:
    """`no agent turn succeeded (91 of 91 failed)`."""
    return f"no {named(row).words} succeeded ({failed} of {failed} failed)"


def none_came(row: str, missing: int) -> str:
    """`no first token came (91 of 91 are missing)`."""
    return f"no {named(row).words} came ({missing} of {missing} are missing)"


def spread(value: float, low: float, high: float, unit: str) -> str:
    """`3 412 ms (90 % interval 3 350 ms to 3 480 ms)`."""
    shown, least, most = (format_value(one, unit) for one in (value, low, high))
    return f"{shown} (90 % interval {least} to {most})"


def too_few(n: int, floor: int, what: str = "samples") -> str:
    """Why `n` of them are too few to pass."""
    return f"{n} {what} are too few for a Pass, which needs {floor}"


def more(missing: int, rate: float, row: str, what: str = "samples") -> str:
    """How much longer a run must be to get `missing` more samples (or `what`) of `row` at `rate` per second."""
    if missing <= 0 or rate <= 0:
        return ""
    if named(row).at_arrival:
        return f"; {MORE_USERS}"
    seconds = missing / rate
    if seconds > _HOPELESS:
        return _NEVER
    for_information = f"; about {_counted(missing, what)} would tell"
    return (
        for_information if seconds <= _SOON else f"{for_information}, {-(-seconds // 60):.0f} min or more at this rate"
    )


def minutes_more(reason: str) -> float:
    """The minutes that a reason made by `more` names; 0 if five minutes are enough, infinite if no run is long enough."""
    if _NEVER in reason:
        return float("inf")
    found = _MINUTES.search(reason)
    return float(found[1]) if found else 0.0


def _counted(missing: int, what: str) -> str:
    one = {"replies": "reply"}.get(what, what.removesuffix("s"))
    return f"{format_value(float(f'{missing:.2g}'), 'count')} more {one if missing == 1 else what}"  # an estimate


def for_information(id: str, title: str, limit: str, outcome: str, unit: str, reason: str, **more: Any) -> Verdict:
    """A verdict for information, in addition to the requirements: it affects neither the outcome nor `--strict`."""
    return Verdict(id, title, outcome, unit, limit, reason=reason, required=False, counts=False, **more)
