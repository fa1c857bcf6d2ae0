"""A run as the document needs it: rows by name, verdicts by id, and which run speaks for a requirement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reznet_load.core.measurement import Row
from reznet_load.core.nfr import Nfr, Requirements
from reznet_load.core.profile import Phase
from reznet_load.core.run import MARKS, RunResult, Verdict
from reznet_load.report.words import actual, bare

_RANK = {"fail": 3, "warning": 2, "pass": 1, "pending": 0}
_NOT_USERS = ("GAUGE", "COUNT", "PROBE")
# Kinds of run that are made for these requirements; a smoke test proves less and a stress test asks for more.
_MAIN = ("load", "web", "unknown")


@dataclass(frozen=True, slots=True)
class View:
    """A result beside its requirements and the context of other runs."""

    result: RunResult
    requirements: Requirements
    context: dict[str, Any]

    @property
    def valid(self) -> bool:
        """False where the run is no evidence: void, or ended by hand."""
        return self.result.outcome not in ("void", "interrupted")

    @property
    def phase(self) -> Phase | None:
        """The judged phase that the sections show: of several the one with the most users."""
        judged = [phase for phase in self.result.info.phases if phase.judged]
        return max(judged, key=lambda phase: (phase.users, phase.seconds), default=None)

    @property
    def judged(self) -> tuple[Row, ...]:
        """Rows of that phase. Rows of Locust's CSVs know no phases and are all there is."""
        return self.rows_of(self.phase.name) if self.phase else ()

    def rows_of(self, phase: str) -> tuple[Row, ...]:
        """Rows of the phase of that name."""
        return tuple(row for row in self.result.rows if row.phase == phase or row.source != "samples")

    def row(self, key: str) -> Row | None:
        """The row of that name in the judged phase."""
        return next((row for row in self.judged if row.key == key), None)

    def users_rows(self) -> list[Row]:
        """What users did: REST and chat, without gauges and counts."""
        return users_only(self.judged)

    def nfr(self, key: str) -> Nfr | None:
        """The requirement of that id; a file of somebody else may not have it."""
        return next((nfr for nfr in self.requirements.nfrs if nfr.id == key), None)

    def verdict(self, key: str) -> Verdict | None:
        """This run's verdict of that id."""
        return next((verdict for verdict in self.result.verdicts if verdict.id == key), None)

    def limit(self, key: str) -> float:
        """The limit of a requirement that asks for less, in the base of its unit; 0 where there is none."""
        nfr = self.nfr(key)
        return nfr.limit.value if nfr and nfr.limit.below else 0.0

    def shown(self, key: str) -> tuple[Verdict, str] | None:
        """(verdict, run it is from, "" for this one): the worst of this run and the latest valid load and 100-user runs."""
        mine = self.verdict(key)
        if mine is None:
            return None
        found = [] if not self.valid else [pair for name in ("load", "large") if (pair := self._other(name, key))]
        usable = mine.outcome != "pending" and mine.counts
        if found and usable and not self._is_main() and mine.outcome == "warning":
            usable = False
        if usable or not found:
            found.insert(0, (mine, ""))
        return max(found, key=lambda pair: _RANK[pair[0].outcome])

    def _is_main(self) -> bool:
        return self.result.info.scenario in _MAIN

    def _other(self, name: str, key: str) -> tuple[Verdict, str] | None:
        entry = self.context[name]
        if entry is None or entry["run"] == self.result.info.id:
            return None
        fields = next((verdict for verdict in entry["verdicts"] if verdict["id"] == key), None)
        verdict = Verdict(**fields) if fields else None
        judged = verdict is not None and verdict.outcome != "pending" and verdict.counts
        return (verdict, entry["run"]) if verdict is not None and judged else None

    def status(self, *keys: str) -> str:
        """The worst mark of the requirements, with the reason where one is needed and the run where it is another."""
        found = [pair for key in keys if (pair := self.shown(key)) is not None]
        if not found:
            return f"{MARKS['pending']} (no requirement of this section in nfr.toml)"
        verdict, run = max(found, key=lambda pair: _RANK[pair[0].outcome])
        facts = [bare(verdict.reason)] if verdict.reason else []
        facts += [f"run {run}"] if run else []
        title = f"{verdict.title}: " if len(found) > 1 and facts else ""
        return verdict.mark + (f" ({title}{'; '.join(facts)})" if facts else "")

    def summary(self) -> list[dict[str, str]]:
        """The lines of the executive summary: metric, target, status, actual."""
        lines = []
        for nfr in self.requirements.nfrs:
            pair = self.shown(nfr.id) if nfr.summary else None
            if pair is not None:
                text = actual(pair[0], self.several) + (f" — run `{pair[1]}`" if pair[1] else "")
                lines.append({"metric": nfr.title, "target": nfr.target_text, "status": pair[0].mark, "actual": text})
        return lines

    @property
    def several(self) -> bool:
        """Has the run more than one judged phase?"""
        return sum(phase.judged for phase in self.result.info.phases) > 1


def users_only(rows: tuple[Row, ...] | list[Row]) -> list[Row]:
    """Rows of what users did."""
    return [row for row in rows if row.key.split(" ")[0] not in _NOT_USERS]
