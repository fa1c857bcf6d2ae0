"""JUnit and annotations of a run: they fail exactly if the exit code is not 0, in the schema that Jenkins and GitLab
read.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.core.outcome import outcome_of
from reznet_load.core.regression import BASELINE, PROVEN, SUSPECT, Regression
from reznet_load.core.run import EXIT_CODES, MARKS, Caution, RunResult, Verdict
from reznet_load.report.ci.ci_files import suite_of
from reznet_load.report.ci.github import annotations
from reznet_load.report.ci.junit import junit
from reznet_load.report.ci.junit_cases import ERROR, FAILURE, RED, SKIPPED, WARNED, JUnitSuite, cases
from tests import builders

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit-10.xsd"))
TEXT = st.text(max_size=12)

verdicts = st.lists(
    st.builds(
        Verdict,
        id=st.sampled_from(["a", "b", "c"]), title=TEXT, outcome=st.sampled_from(sorted(MARKS)), unit=st.just("ms"),
        limit=TEXT, value=st.none() | st.floats(0, 1e6), row=TEXT, reason=TEXT, required=st.booleans(), counts=st.booleans(),
    ),
    max_size=5,
)  # fmt: skip
regressions = st.lists(
    st.builds(
        Regression,
        id=st.sampled_from(["a", "z"]), kind=st.sampled_from([SUSPECT, PROVEN, BASELINE]), percent=st.just(20.0),
        since=st.just("abc"), evidence=TEXT, text=TEXT, counts=st.booleans(),
    ),
    max_size=2,
)  # fmt: skip


def result(
    judged: list[Verdict], past: list[Regression], void: bool, interrupted: bool, strict: bool, stopped: str = ""
) -> RunResult:
    info = builders.info(strict=strict, interrupted=interrupted, stopped=stopped)
    cautions = (Caution("lag", "the generator was late", "run with workers", void=True),) if void else ()
    outcome, code = outcome_of(info, tuple(judged), cautions, tuple(past))
    return RunResult(outcome, code, info, verdicts=tuple(judged), cautions=cautions, regressions=tuple(past))


@given(verdicts, regressions, st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["", "no turn succeeded"]))
def test_red_exactly_where_the_exit_code_is_not_0_and_by_the_schema(
    judged: list[Verdict], past: list[Regression], void: bool, interrupted: bool, strict: bool, stopped: str
) -> None:
    made = result(judged, past, void, interrupted, strict, stopped)
    text = junit([suite_of(made)])
    SCHEMA.validate(text)
    (suite,) = ElementTree.fromstring(text)
    red = [child.tag for case in suite for child in case if child.tag in ("failure", "error")]
    assert bool(red) == (made.exit_code != 0)
    assert len(red) == int(suite.get("failures", "")) + int(suite.get("errors", ""))
    lines = annotations([suite_of(made)], {"GITHUB_ACTIONS": "true"})
    assert any(line.startswith("::error ") for line in lines) == (made.exit_code != 0)
    assert not any("\n" in line for line in lines)


@pytest.mark.parametrize("strict", [False, True], ids=["", "--strict"])
@pytest.mark.parametrize("outcome", EXIT_CODES)
def test_every_outcome_has_its_own_colour(outcome: str, strict: bool) -> None:
    of = {"interrupted": "pass", "void": "pass", "unjudged": "pending"}.get(outcome, outcome)
    judged = [Verdict("a", "A", of, "ms", "< 1 s", reason="why"), Verdict("b", "B", "pass", "ms", "< 1 s")]
    made = result(judged, [], outcome == "void", outcome == "interrupted", strict)
    assert made.outcome == outcome
    kinds = {one.kind for one in cases(suite_of(made))}
    wanted = {"interrupted": ERROR, "void": ERROR, "unjudged": ERROR, "fail": FAILURE, "warning": WARNED}
    expected = FAILURE if outcome == "warning" and strict else wanted.get(outcome)
    assert bool(kinds & set(RED)) == bool(made.exit_code) and (expected is None or expected in kinds)


def test_verdicts_that_do_not_count_are_skipped_and_a_proven_regression_is_a_case() -> None:
    judged = (
        Verdict("a", "A", "fail", "MB", "< 512 MB", 700.0, reason="700 MB", required=False),
        Verdict("b", "B", "pending", "ms", "< 1 s", reason="no DATABASE_URL", counts=False),
        Verdict("c", "C", "pass", "ms", "< 1 s", 10.0),
    )
    worse = (Regression("c", PROVEN, 40.0, "abc", "two runs", "C is 40 % higher"),)
    found = cases(JUnitSuite("run", "fail", judged, regressions=worse))
    assert [one.kind for one in found] == [SKIPPED, SKIPPED, "passed", FAILURE]
    assert found[1].message == "no DATABASE_URL" and found[3].name == "C: no regression"


def test_a_case_keeps_its_name_from_run_to_run() -> None:
    first, second = (
        suite_of(RunResult("pass", 0, builders.info(id=name), verdicts=(Verdict("a", "A", "pass", "", ""),)))
        for name in ("20261001-100000_load_a", "20261002-100000_load_b")
    )
    named = [ElementTree.fromstring(junit([one])).find(".//testcase").attrib for one in (first, second)]
    assert named[0] == named[1] and first.name != second.name


def test_a_github_job_gets_at_most_ten_annotations_of_a_kind() -> None:
    judged = tuple(Verdict(f"n{n}", f"N{n}", "fail", "ms", "< 1 s", reason="100 % slow\n::stop") for n in range(25))
    suite = JUnitSuite("run", "fail", judged)
    lines = annotations([suite], {"GITHUB_ACTIONS": "true"})
    assert len(lines) == 10 and lines[-1].endswith("16 more; the summary of the job has them all")
    assert "100 %25 slow\\n::stop" in lines[0] and annotations([suite], {}) == []
