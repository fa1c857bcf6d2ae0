"""The outcome of a run in words, and the answers to the question of its scenario, for the executive summary."""

from __future__ import annotations

from collections.abc import Sequence

from reznet_load.core.profile import BEYOND, SOAK
from reznet_load.core.run import INVALID, SUITE, Verdict
from reznet_load.core.units import format_value
from reznet_load.report.sections import s6_steps
from reznet_load.report.view import View, few_names, sentence

REFUSE = "Tell users beyond the expected load at once that it is full (429, 503) instead of letting them queue."
_INVALID = {
    "void": "The load generator or its machine was the bottleneck. No verdict about the backend can come from this run.",
    "interrupted": "The run was interrupted; what was measured until then is reported.",
}


def text(view: View, order: Sequence[str] = ()) -> str:
    """Why the run has its outcome; then what was not tried or measured, and what failed without affecting the outcome.

    order   ids of requirements in the order of the problems below the text; failed requirements are named in it
    """
    outcome = view.result.outcome
    if outcome in INVALID:
        return _INVALID[outcome]
    return " ".join(
        [*_why(view, order), *(f"{label}: {few_names(titles)}." for label, titles in _aside(view) if titles)]
    )


def _why(view: View, order: Sequence[str]) -> list[str]:
    result = view.result
    if result.outcome == "pass":
        return [f"Every required NFR that was tried meets its limit (90 % confidence){_users(view)}."]
    if result.outcome == "warning":
        return [f"No required NFR failed, but not everything is proven: {_counted(view, 'warning')}."]
    if result.outcome == "unjudged":
        missing = _counted(view, "pending") or "any required NFR"
        return [f"Not measured, though it was to be: {missing}. No statement about the backend as a whole."]
    failed, worse = _counted(view, "fail", order), [one.text for one in result.regressions if one.fails]
    judged = sum(v.outcome != "pending" and v.required and v.counts for v in (*result.verdicts, *result.behaviour))
    count = len(_titles(view, "fail"))
    said = {
        "Stopped early": result.info.stopped,
        f"The {_tested(view)} fails {count} of {judged} requirements (advisory ones not counted){_users(view)}": failed,
        "Proven to have got worse": "; ".join(worse),
    }
    return [f"{label}: {which}." for label, which in said.items() if which]


def _tested(view: View) -> str:
    return "embedded target" if view.result.info.target == "embedded" else "backend"


def _users(view: View) -> str:
    """The users of the judged phase in words; "" if their number is not known."""
    if view.result.info.scenario == SUITE:
        return ", with one user and no load"
    users = (view.main.users if view.main else 0) or view.result.info.users
    return f", with {format_value(users, 'users')}" if users else ""


def _counted(view: View, outcome: str, order: Sequence[str] = ()) -> str:
    return few_names(_titles(view, outcome, order))


def _titles(view: View, outcome: str, order: Sequence[str] = ()) -> list[str]:
    judged = (*view.result.verdicts, *view.result.behaviour)
    found = [v for v in judged if v.outcome == outcome and v.required and v.counts]
    place = {id: at for at, id in reversed([*enumerate(order)])}
    return [v.title for v in sorted(found, key=lambda v: place.get(v.id, len(order)))]


def _aside(view: View) -> list[tuple[str, list[str]]]:
    """(label, titles) of requirements that do not affect the outcome."""
    verdicts, limits = view.result.verdicts, {nfr.id: nfr.limit for nfr in view.requirements.nfrs}
    uncounted = [v for v in verdicts if v.required and not v.counts]
    return [
        (
            "Not tried",
            [
                f"{v.title} ({format_value(limits[v.id].value, v.unit)})"
                for v in uncounted
                if v.outcome != "pending" and v.id in limits
            ],
        ),
        ("Not measured", [v.title for v in uncounted if v.outcome == "pending"]),
        ("Failed beyond the expected load, which does not affect the result", [v.title for v in failed_beyond(view)]),
    ]


def failed_beyond(view: View) -> list[Verdict]:
    """Verdicts that failed with more users than expected. They do not count, because no requirement covers so many users."""
    return [v for v in view.result.behaviour if v.outcome == "fail" and not v.counts and _beyond(view)]


def _beyond(view: View) -> bool:
    return any(phase.part == BEYOND for phase in view.result.info.phases)


def question(view: View) -> str:
    """The question of the scenario, and the section with the evidence."""
    if view.result.capacity is not None:
        return (
            "The most users that meet every requirement; every number that was tried: `CAPACITY.md` of the run folder."
        )
    if _beyond(view):
        return "How it holds beyond the expected load, and whether it recovers; the evidence: section 6."
    if any(phase.part == SOAK for phase in view.result.info.phases):
        return "What grows or gets slower while the load stays the same; the evidence: section 6."
    return "Whether it recovers after a part was cut off; the evidence: “Failure and recovery”."


def answers(view: View) -> list[str]:
    """A line for each verdict in addition to the requirements; [] for a plain load, one line for a void run."""
    own = {nfr.id for nfr in view.requirements.nfrs}
    beside = (*(v for v in view.result.verdicts if v.id not in own), *view.result.behaviour)
    if beside and view.result.outcome == "void":
        return ["No answer: the run is void."]
    beyond = {v.id for v in failed_beyond(view)}
    return [
        f"{v.mark}{' beyond the expected load' if v.id in beyond else ''}, **{v.title}**: {_told(v)}" for v in beside
    ]


def _told(verdict: Verdict) -> str:
    """A verdict in words: its value and what was wanted, with evidence if it is not a Pass; or its reason.

    The reason is the text if there is no value, or if the value is a number of users.
    """
    cells = s6_steps.line(verdict)
    if verdict.value is None and verdict.low is not None:  # between two numbers of users
        return sentence(f"{cells['value']}: {verdict.reason}")
    if cells["value"] == "-" or verdict.unit == "users":
        return sentence(verdict.reason)
    evidence = "" if verdict.outcome == "pass" else f" {cells['evidence']}"
    return f"{cells['value']}, wanted {verdict.limit}.{evidence}"
