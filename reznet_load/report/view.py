"""A run in the form that documents need: rows by name, verdicts by id, formatted numbers. Templates do no arithmetic."""

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
    """A chart of the document: its short `name`, the `title` that says what it shows, and the text `svg` of its `file`."""

    name: str
    title: str
    file: str
    svg: str


@dataclass(frozen=True, slots=True)
class View:
    """A result with its requirements, other runs as context, kept operations, and charts."""

    result: RunResult
    requirements: Requirements
    context: RunContext
    operations: tuple[KeptOperations, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @property
    def judged_phases(self) -> tuple[Phase, ...]:
        """The phases that have verdicts. The worst verdict of a requirement is the verdict of the run."""
        return tuple(phase for phase in self.result.info.phases if phase.judged)

    @property
    def main(self) -> Phase | None:
        """The judged phase; if there are several, the phase with the most users. None if there is none."""
        return main_phase(self.result.info.phases)

    @property
    def judged(self) -> tuple[Row, ...]:
        """The rows of the main phase."""
        return self.of(self.main) if self.main is not None else ()

    def of(self, phase: Phase) -> tuple[Row, ...]:
        """The rows of `phase`."""
        return tuple(row for row in self.result.rows if row.phase == phase.name)

    def row(self, key: str) -> Row | None:
        """The row `key` in the main phase; None if there is none."""
        return next((row for row in self.judged if row.key == key), None)

    def users_rows(self, phase: Phase | None = None) -> list[Row]:
        """The rows of users in `phase` (None: the main phase): REST and chat, without gauges and counts."""
        rows = self.judged if phase is None else self.of(phase)
        return [row for row in rows if named(row.key).is_operation]

    def verdict(self, nfr: str) -> Verdict | None:
        """The verdict on the requirement `nfr`; None if there is none."""
        return next((verdict for verdict in self.result.verdicts if verdict.id == nfr), None)


def view_of(run: AssembledRun) -> View:
    """The view of a judged run."""
    return View(run.result, run.requirements, run.context, run.operations)


def remedied(cautions: Iterable[Caution]) -> tuple[Caution, ...]:
    """Cautions for a reader: cautions with the same remedy become one, unless only some of them are void.

    They are in the order of the first caution of each group. `result.json` has all cautions separately.
    """
    groups: dict[tuple[str, bool], list[Caution]] = {}
    for one in cautions:
        groups.setdefault((one.remedy, one.void), []).append(one)
    shown_remedies: set[str] = set()
    found = []
    for (remedy, _), group in groups.items():
        found.append(
            replace(
                group[0],
                text=" ".join(one.text for one in group),
                remedy="The remedy is the same." if remedy in shown_remedies else remedy,
            )
        )
        shown_remedies.add(remedy)
    return tuple(found)


def ms(value: float | None) -> str:
    """Milliseconds for a reader; `-` for None."""
    return format_value(value, "ms")


def brief(verdict: Verdict) -> str:
    """The reason of a verdict, without the text that the document has once: why failures leave no latency to judge."""
    return verdict.reason.removesuffix(NOT_JUDGED)


def actual(verdict: Verdict, phases: int = 1) -> str:
    """Value, interval, samples and row; the phase if the run has several `phases`; the reason if it is not a Pass."""
    if verdict.value is None:
        return verdict.reason or "-"
    text = format_value(verdict.value, verdict.unit)
    if verdict.unit == "users":
        text += f" (the lowest of n = {verdict.n} readings, one a second)"
    if verdict.low is not None and verdict.high is not None:
        text = spread(verdict.value, verdict.low, verdict.high, verdict.unit)
    evidence = verdict.row if verdict.unit == "users" else f"{_samples(verdict)}, {verdict.row}"
    evidence += f" in {verdict.phase}" if phases > 1 and verdict.phase else ""
    if verdict.outcome == "pass":
        return f"{text}, {evidence}"
    if verdict.reason.startswith("void:"):  # the first problem has the reason
        return f"{text}, {evidence}. Void."
    more = more_than_value(verdict)
    return f"{text}, {evidence}" + (f". {sentence(more)}" if more else "")


def _samples(verdict: Verdict) -> str:
    return f"n = {verdict.n}{' replies' if verdict.row == CHUNK_GAP.key and verdict.unit == 'ms' else ''}"


# `p95 exceeds the limit of < 3 s`: the text of `verdict/judgement.stands` without the value.
_STANDS = re.compile(r"^(?:\w[\w. ]{0,20} )?(?:exceeds|misses) the limit of [^;:]+(?:; |$)")


def more_than_value(verdict: Verdict) -> str:
    """The reason of a verdict, without the value and its interval, and for a Fail without "misses its limit".

    The reason of a void run is left out too, because the first problem has it.
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
    """`text` with a capital letter and a full stop; a text that begins with a command or a percentile keeps its first letter."""
    first = text.split(" ")[0]
    as_it_is = first[1:].isdigit() or first in ("make", "reznet-load")
    text = text if as_it_is else text[:1].upper() + text[1:]
    return text + ("" if not text or text.endswith((".", "!", "?")) else ".")


_FEW = 3  # most names in a sentence


def few_names(names: Sequence[str]) -> str:
    """`A, B, C and 4 others`, so that sentences stay short; a table has all names."""
    if len(names) <= _FEW + 1:
        return ", ".join(names)
    return f"{', '.join(names[:_FEW])} and {len(names) - _FEW} others"


def totals(rows: list[Row], seconds: float) -> dict[str, str]:
    """Totals of all requests of a phase of `seconds`, for orientation; they are never judged."""
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
    """The largest value of `column` with its row, and the rows that have no value because they have no success.

    A mean over different operations would be meaningless.
    """
    timed = [row for row in rows if row.unit == "ms" and getattr(row, column) is not None]
    broken = ", ".join(row.key for row in rows if not row.count and row.failures)
    none = f"none succeeded: {broken}" if broken else ""
    if not timed:
        return none or "-"
    worst = max(timed, key=lambda row: getattr(row, column))
    return "; ".join(filter(None, (f"{ms(getattr(worst, column))} ({worst.key})", none)))
