"""A problem of the first screen, and the labelled parts that document, page, console and SUMMARY.md show of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from reznet_load.core.failed.failed_kind import FailedKind
from reznet_load.core.on_purpose import Intended, texts
from reznet_load.core.run import Verdict
from reznet_load.core.units import format_value
from reznet_load.report.parts.failure_sentences import quoted
from reznet_load.report.view import View, few_names, sentence

BROKEN, SLOW, WORSE, BEYOND, UNPROVEN, WASTEFUL = (
    "broken",
    "slow",
    "worse",
    "beyond the expected load",
    "not proven",
    "wasteful",
)
DECIDE = frozenset({BROKEN, SLOW, WORSE})  # the kinds that make the outcome what it is


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, in parts. Only `kind` and `text` always have words.

    text       the title: what fails or is slow and, if it is known, whose fault that is
    fails      each requirement that fails by it, with value and limit; of what is not proven, what is open
    evidence   what was seen, a fact a sentence
    cause      why, if that is known and not in the title
    next_step  what to do now; empty if `intended`: then one step at the top is that of all of these
    said       the failure whose text, the backend's own, is evidence too
    about      ids of the requirements in `fails`
    intended   options of the embedded target that cause it
    """

    kind: str
    text: str
    fails: str = ""
    evidence: str = ""
    cause: str = ""
    next_step: str = ""
    said: FailedKind | None = None
    about: frozenset[str] = frozenset()
    intended: tuple[Intended, ...] = ()

    def parts(self, safe: Callable[[object, int], str]) -> list[tuple[str, str]]:
        """(label, sentences) of each part that has words; `safe` makes the backend's own text safe for its place."""
        said = quoted(self.said, safe) if self.said else ""
        found = (
            ("Open" if self.kind == UNPROVEN else "Fails", self.fails),
            ("Evidence", " ".join(filter(None, (self.evidence, said)))),
            ("Cause", self.cause),
            ("Next", self.next_step),
        )
        return [(label, text) for label, text in found if text]


def set_on_purpose(options: tuple[Intended, ...]) -> str:
    """`options` of the embedded target as a cause; empty without any."""
    return f"{texts(options)} (set on purpose)." if options else ""


def missed(verdicts: Iterable[Verdict]) -> str:
    """`Time to First Byte (TTFB, mean): 2 077 ms, limit < 500 ms. …`; those without a value, because too many failed, last."""
    found, without = [], []
    for one in verdicts:
        if one.value is None:
            without.append(one.title)
        else:
            found.append(f"{one.title}: {format_value(one.value, one.unit)}, limit {one.limit}.")
    if without:
        found.append(f"{few_names(without)}: too many operations failed.")
    return " ".join(found)


def failing(view: View) -> list[Verdict]:
    """Required verdicts that fail the run."""
    return [v for v in view.result.verdicts if v.outcome == "fail" and v.required and v.counts]


def read_section(view: View, id: str) -> str:
    """Where the figures of a requirement stand."""
    section = next((nfr.section for nfr in view.requirements.nfrs if nfr.id == id), 6)
    return f"Read section {section} of PERFORMANCE_TEST_RESULTS.md, which has its figures."


def sentences(*texts: str) -> str:
    """Those that have words, each with a capital and a full stop."""
    return " ".join(sentence(text) for text in texts if text)
