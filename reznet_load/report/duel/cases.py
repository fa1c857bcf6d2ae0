"""A duel as test cases for a CI, one for each requirement.

A case is a failure or an error exactly if the exit code of the duel is not 0.
"""

from __future__ import annotations

from reznet_load.core.run import INVALID, Verdict
from reznet_load.report.ci.junit_cases import JUnitSuite
from reznet_load.report.duel.words import answer_text, headline, number
from reznet_load.result.duel import DuelResult
from reznet_load.verdict.duel.answer import MISSING, NO_WORSE, OPEN, SLIGHTLY, SLOWER, DuelAnswer

_OUTCOMES = {SLOWER: "fail", SLIGHTLY: "warning", OPEN: "warning", NO_WORSE: "pass", MISSING: "pending"}


def suite_of(result: DuelResult) -> JUnitSuite:
    """The test cases of the duel, for JUnit and annotations."""
    a = result.sides[0]
    says_nothing = result.outcome in (*INVALID, "unjudged")
    return JUnitSuite(
        name=a.id.rpartition(".")[0],
        outcome=result.outcome,
        verdicts=tuple(_verdict(result, one) for one in result.answers),
        about=f"{a.target}.duel",
        reason=headline(result) if says_nothing else "",
        warnings_fail=result.terms.strict,
        seconds=result.phase.seconds if result.phase else 0.0,
    )


def _verdict(result: DuelResult, one: DuelAnswer) -> Verdict:
    nfr, change = result.nfr(one.id), one.change
    return Verdict(
        id=one.id,
        title=f"{nfr.title}: B against A",
        outcome=_outcome(result, one),
        unit="%",
        limit=f"< {number(one.margin)} {'points' if change and not change.ratio else '%'} worse",
        value=change.estimate if change else None,
        low=change.low if change else None,
        high=change.high if change else None,
        n=change.pairs if change else 0,
        row=change.row if change else "",
        reason=answer_text(result, one),
        required=nfr.required,
    )


def _outcome(result: DuelResult, one: DuelAnswer) -> str:
    """The outcome of the test case of a requirement. With --prove-no-worse, a requirement that is not proven fails."""
    if result.outcome in INVALID:
        return "pending"
    proven = one.change is not None and one.change.high < one.margin
    if result.terms.prove_no_worse and one.answer != MISSING:
        return "pass" if proven else "fail"
    if result.terms.same and one.answer == OPEN:
        return "pass"  # A against A, which is run to see the widths of the intervals
    return _OUTCOMES[one.answer]
