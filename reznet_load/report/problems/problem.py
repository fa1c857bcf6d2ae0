"""A problem of the first screen, and its labelled parts for document, page, console and SUMMARY.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from reznet_load.core.failed.failed_kind import FailedKind
from reznet_load.core.finding import Finding
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
DECIDE = frozenset({BROKEN, SLOW, WORSE})  # the kinds that decide the outcome


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in parts. All parts except `kind` and `text` may be empty.

    text       the title: what fails or is slow, and the cause if it is known
    fails      the requirements that fail because of the problem, with value and limit, or the undecided requirements
    evidence   what was measured, one fact a sentence
    cause      the cause, if it is known and not in the title
    next_step  what to do now; "" if `intended` has options: the first screen has one step for all such problems
    said       the failure whose error text is also evidence
    about      ids of the requirements in `fails`, in their order
    intended   options of the embedded target that cause the problem
    """

    kind: str
    text: str
    fails: str = ""
    evidence: str = ""
    cause: str = ""
    next_step: str = ""
    said: FailedKind | None = None
    about: tuple[str, ...] = ()
    intended: tuple[Intended, ...] = ()

    def parts(self, safe: Callable[[object, int], str]) -> list[tuple[str, str]]:
        """(label, sentences) of each part that is not empty; `safe` escapes the backend's text and cuts it to a length."""
        said = quoted(self.said, safe) if self.said else ""
        found = (
            ("Open" if self.kind == UNPROVEN else "Fails", self.fails),
            ("Evidence", " ".join(filter(None, (self.evidence, said)))),
            ("Cause", self.cause),
            ("Next", self.next_step),
        )
        return [(label, text) for label, text in found if text]


def set_on_purpose(options: tuple[Intended, ...]) -> str:
    """A sentence that names `options` of the embedded target as the cause; "" if there are none."""
    return f"{texts(options)} (set on purpose)." if options else ""


def missed(verdicts: Iterable[Verdict]) -> str:
    """`Time to First Byte (TTFB, mean): 2 077 ms, limit < 500 ms. …`.

    Requirements without a value, because too many operations failed, come last.
    """
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
    """The required verdicts that fail the run."""
    return [v for v in view.result.verdicts if v.outcome == "fail" and v.required and v.counts]


def explains_failure(view: View, finding: Finding) -> bool:
    """Does `finding` explain a requirement that fails the run, and not only one that got worse or is advisory?"""
    return any(v.id in finding.about for v in failing(view))


def read_section(view: View, id: str) -> str:
    """A sentence that names the section with the figures of the requirement `id`."""
    section = next((nfr.section for nfr in view.requirements.nfrs if nfr.id == id), 6)
    return f"Read section {section} of PERFORMANCE_TEST_RESULTS.md, which has its figures."


def sentences(*texts: str) -> str:
    """The `texts` that are not empty, each with a capital letter and a full stop."""
    return " ".join(sentence(text) for text in texts if text)
