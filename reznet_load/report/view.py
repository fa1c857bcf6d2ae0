"""A run as the document needs it: rows by name, verdicts by id, numbers already written. Templates do no arithmetic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reznet_load.core.measured.measurement import Row
from reznet_load.core.nfr import Requirements
from reznet_load.core.profile import Phase, main_phase
from reznet_load.core.rows import CHUNK_GAP, named
from reznet_load.core.run import Caution, RunResult, Verdict
from reznet_load.core.units import format_value
from reznet_load.result.assemble import AssembledRun
from reznet_load.result.context import RunContext
from reznet_load.result.operations import KeptOperations
from reznet_load.verdict.judgement import NOT_JUDGED, VOID, spread


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart next to the document: `name` says what of, `title` what it shows, `svg` is the text of its `file`."""

    name: str
    title: str
    file: str
    svg: str


@dataclass(frozen=True, slots=True)
class View:
    """A result next to its requirements, the context of other runs, and the charts that were made of it."""

    result: RunResult
    requirements: Requirements
    context: RunContext
    operations: tuple[KeptOperations, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @property
    def judged_phases(self) -> tuple[Phase, ...]:
        """Those with verdicts of their own, the worst of which is the run's."""
        return tuple(phase for phase in self.result.info.phases if phase.judged)

    @property
    def main(self) -> Phase | None:
        """The judged phase; of several the one with the most users."""
        return main_phase(self.result.info.phases)

    @property
    def judged(self) -> tuple[Row, ...]:
        """Rows of the judged phase."""
        return self.of(self.main) if self.main is not None else ()

    def of(self, phase: Phase) -> tuple[Row, ...]:
        """Rows of `phase`."""
        return tuple(row for row in self.result.rows if row.phase == phase.name)

    def row(self, key: str) -> Row | None:
        """The row of that name in the judged phase."""
        return next((row for row in self.judged if row.key == key), None)

    def users_rows(self, phase: Phase | None = None) -> list[Row]:
        """What users did in `phase`, the judged one: REST and chat, without gauges and counts."""
        rows = self.judged if phase is None else self.of(phase)
        return [row for row in rows if named(row.key).is_operation]

    def verdict(self, nfr: str) -> Verdict | None:
        """The verdict of that id."""
        return next((verdict for verdict in self.result.verdicts if verdict.id == nfr), None)


def view_of(run: AssembledRun) -> View:
    """The view of a run that was judged from its folder."""
    return View(run.result, run.requirements, run.context, run.operations)


def remedied(cautions: Iterable[Caution]) -> tuple[Caution, ...]:
    """Cautions for a reader, the remedy of those that share one stated once: they are one, unless only some are void.

    In the order of the first of each; machines have them one by one in `result.json`.
    """
    groups: dict[tuple[str, bool], list[Caution]] = {}
    for one in cautions:
        groups.setdefault((one.remedy, one.void), []).append(one)
    told: set[str] = set()
    found = []
    for (remedy, _), group in groups.items():
        found.append(
            replace(
                group[0],
                text=" ".join(one.text for one in group),
                remedy="The remedy is the same." if remedy in told else remedy,
            )
        )
        told.add(remedy)
    return tuple(found)


def ms(value: float | None) -> str:
    """Milliseconds for a reader; `-` for what was not timed."""
    return format_value(value, "ms")


def brief(verdict: Verdict) -> str:
    """Its reason without what the document says once: why failures leave no latency to judge."""
    return verdict.reason.removesuffix(NOT_JUDGED)


def actual(verdict: Verdict, phases: int = 1) -> str:
    """Value, interval, samples, row, its phase where the run judged several, and the reason of anything but Pass."""
    if verdict.value is None:
        return verdict.reason or "-"
    text = format_value(verdict.value, verdict.unit)
    if verdict.low is not None and verdict.high is not None:
        text = spread(verdict.value, verdict.low, verdict.high, verdict.unit)
    evidence = f"{_samples(verdict)}, {verdict.row}"
    evidence += f" in {verdict.phase}" if phases > 1 and verdict.phase else ""
    if verdict.outcome == "pass":
        return f"{text}, {evidence}"
    if verdict.reason.startswith("void:"):  # the first problem says why, once
        return f"{text}, {evidence}. Void."
    more = more_than_value(verdict)
    return f"{text}, {evidence}" + (f". {sentence(more)}" if more else "")


def _samples(verdict: Verdict) -> str:
    # What sockets show in the first and the last second of a phase is chance (verdict/connected.py).
    if verdict.unit == "users":
        return f"the lowest of n = {verdict.n} seconds (without the first and the last)"
    return f"n = {verdict.n}{' replies' if verdict.row == CHUNK_GAP.key and verdict.unit == 'ms' else ''}"


# `p95 exceeds the limit of < 3 s`, as `verdict/judgement.stands` writes it, once the value is taken out.
_STANDS = re.compile(r"^(?:\w[\w. ]{0,20} )?(?:exceeds|misses) the limit of [^;:]+(?:; |$)")


def more_than_value(verdict: Verdict) -> str:
    """Its reason without what stands next to it: the value with its interval and, of a Fail, that it misses its limit.

    What voids the run is its first problem, and is not said with each requirement again.
    """
    if verdict.open == VOID:
        return ""
    if verdict.value is None:
        return verdict.reason
    text = verdict.reason
    if verdict.low is not None and verdict.high is not None:
        text = text.replace(f"{spread(verdict.value, verdict.low, verdict.high, verdict.unit)} ", "", 1)
    elif verdict.outcome == "fail":
        text = text.removeprefix(f"{format_value(verdict.value, verdict.unit)} ")
    return _STANDS.sub("", text) if verdict.outcome == "fail" else text.removeprefix("is ")


def sentence(text: str) -> str:
    """`text` with a capital and a full stop."""
    first = text.split(" ")[0]
    text = text if first[1:].isdigit() else text[:1].upper() + text[1:]  # "p95 …" stays as it is
    return text + ("" if not text or text.endswith((".", "!", "?")) else ".")


_FEW = 3  # names that a sentence has room for


def few_names(names: Sequence[str]) -> str:
    """`A, B, C and 4 others`: a sentence stays one; the table next to it has them all."""
    if len(names) <= _FEW + 1:
        return ", ".join(names)
    return f"{', '.join(names[:_FEW])} and {len(names) - _FEW} others"


def totals(rows: list[Row], seconds: float) -> dict[str, str]:
    """All requests of a phase together: for orientation, never judged."""
    count, failed = sum(row.count for row in rows), sum(row.failures for row in rows)
    both = count + failed
    return {
        "total": format_value(both, "count"),
        "ok": format_value(count, "count"),
        "failed": format_value(failed, "count"),
        "error_rate": format_value(100 * failed / both, "%") if both else "-",
        "rate": f"{both / seconds:.1f} req/s" if seconds > 0 else "-",
    }


def worst_of(rows: list[Row], column: str) -> str:
    """The largest value of a column with the row it stands in, and the rows without a success, which have none.

    Averaging different operations is meaningless.
    """
    timed = [row for row in rows if row.unit == "ms" and getattr(row, column) is not None]
    broken = ", ".join(row.key for row in rows if not row.count and row.failures)
    none = f"none succeeded: {broken}" if broken else ""
    if not timed:
        return none or "-"
    worst = max(timed, key=lambda row: getattr(row, column))
    return "; ".join(filter(None, (f"{ms(getattr(worst, column))} ({worst.key})", none)))
