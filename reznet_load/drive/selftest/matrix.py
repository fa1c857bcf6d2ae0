"""Makes the runs of the matrix, in both dialects, and compares their results with the cases."""

from __future__ import annotations

import contextlib
import io
import tempfile
from dataclasses import replace
from pathlib import Path

from reznet_load.core.errors import ConfigError
from reznet_load.core.run import RunResult
from reznet_load.core.run_files import read_result
from reznet_load.core.settings.settings import Settings
from reznet_load.drive.selftest.cases import CASES, Case
from reznet_load.drive.selftest.surroundings import FEW_FILES, refused_with_few_files, surrounded
from reznet_load.drive.stack import Stack
from reznet_load.drive.whole_run import run

_STALL = "stall"  # of a Verdict's `open`
_COMMON = "--messages 5000"
# The recorded wire format of the reference target saves less than the required 40 %, so this fails with every option.
_ALWAYS = frozenset({"payload_reduction"})
_LATENCY = frozenset({"agent_response_p95", "ttfb_mean", "inter_chunk_mean"})


def selftest(settings: Settings, names: list[str], quick: bool, dialects: tuple[str, ...]) -> int:
    """Run the matrix in each of `dialects` and print it; returns 0 if every line is as expected, else 1.

    names   cases to run; empty: all
    quick   only the quick cases

    Raises ConfigError for an unknown name.
    """
    known = [case.name for case in CASES if case.quick or not quick]
    if unknown := [name for name in names if name not in known]:
        raise ConfigError(
            f"selftest: read {unknown[0]!r}, expected some of {', '.join(known)}"
            + (" (--quick leaves out the others)" if quick else "")
        )
    chosen = [case for case in CASES if (not names or case.name in names) and (case.quick or not quick)]
    wrong, lines = 0, [(dialect, case) for dialect in dialects for case in chosen]
    print(f"{'dialect':<8} {'fault':<18} {'':<3} what the run reported", flush=True)
    for dialect, case in lines:
        faults = _tried(case, settings, dialect)
        wrong += bool(faults)
        mark = "✅" if not faults else "❌"
        print(f"{dialect:<8} {case.name:<18} {mark}  {'; '.join(faults) or _said(case)}", flush=True)
    print(f"{len(lines) - wrong} of {len(lines)} as expected", flush=True)
    return 1 if wrong else 0


def _said(case: Case) -> str:
    pending = case.pending | case.hidden
    parts = (
        ", ".join(sorted(case.fails)) + " failed" if case.fails else "",
        f"“{case.says}” named" if case.says else "",
        f"found {', '.join(sorted(case.findings))}" if case.findings else "",
        f"pending {', '.join(sorted(pending))}" if pending else "",
        case.surroundings,
    )
    return "; ".join(filter(None, parts)) or "nothing failed, nothing found"


def _tried(case: Case, settings: Settings, dialect: str) -> list[str]:
    """Run one case; each deviation in words."""
    with tempfile.TemporaryDirectory(prefix="reznet-load-") as name:
        home = Path(name)
        if case.surroundings == FEW_FILES:
            return refused_with_few_files(home / "reports")
        timeouts = replace(settings.timeouts, first_token=6.0, gap=4.0, request=5.0)
        own = replace(settings, reports=str(home / "reports"), timeouts=timeouts, summary=False)
        own = replace(own, duration=settings.duration or 25.0, ramp=3.0, users=settings.users or 40)
        said = io.StringIO()
        options = f"{_COMMON} --dialect {dialect} {case.target}"
        with (
            contextlib.redirect_stdout(said),
            Stack(options) as stack,
            surrounded(case.surroundings, home) as alongside,
        ):
            words = ["reznet-load", "selftest", case.name]
            run("load", stack.settings(own), "", 0, words, quiet=True, alongside=alongside)
        found = sorted((home / "reports").glob("*/result.json"))
        if not found:
            return [f"no result: {said.getvalue()[-300:]}"]
        return check(case, read_result(found[0]))


def check(case: Case, result: RunResult) -> list[str]:
    """Each deviation of `result` from `case`, in words."""
    outcomes = {verdict.id: verdict.outcome for verdict in result.verdicts}
    failed = {id for id, outcome in outcomes.items() if outcome == "fail"}
    named = {finding.id for finding in result.findings if finding.kind == "pattern"}
    kinds = " ".join(text for row in result.rows for text in row.errors)
    reasons = {v.id: v.reason for v in result.verdicts}
    wrong = [f"{id} is {outcomes.get(id)} ({reasons.get(id)})" for id in sorted(case.fails - failed)]
    wrong += [f"{id} failed too ({reasons[id]})" for id in sorted(failed - case.fails - case.may - _ALWAYS)]
    wrong += [
        f"{id} is {outcomes.get(id)}, not pending" for id in sorted(case.pending) if outcomes.get(id) != "pending"
    ]
    counted = {verdict.id for verdict in result.verdicts if verdict.counts}
    wrong += [
        f"{id} is {outcomes.get(id)}, expected pending without effect on the outcome"
        for id in sorted(case.hidden)
        if id in counted or outcomes.get(id) != "pending"
    ]
    wrong += [f"finding {id} is missing" for id in sorted(case.findings - named)]
    wrong += [f"finding {id} is wrong" for id in sorted(named - case.findings)]
    if case.where:
        wrong += [text for id in sorted(case.fails & failed) if (text := _elsewhere(case, id, result))]
    if case.says and case.says not in kinds:
        wrong.append(f"no failure named “{case.says}” in: {kinds[:200] or 'none'}")
    wrong += [f"caution {id} is missing" for id in sorted(case.cautions - {one.id for one in result.cautions})]
    wrong += [f"{v.id}: {v.reason}" for v in result.verdicts if case.steady and v.open == _STALL]
    if result.outcome in ("void", "interrupted"):
        wrong.append(f"the run is {result.outcome}: " + "; ".join(c.text for c in result.cautions if c.void))
    return wrong


def _elsewhere(case: Case, id: str, result: RunResult) -> str:
    """A sentence if most of the time of `id` went to another part than `case.where`; else ""."""
    shares = next((found.shares for found in result.findings if found.id == f"time_{id}"), {})
    most = max(shares, key=lambda part: shares[part], default="nowhere")
    return "" if most == case.where else f"the time of {id} went to {most}, not to {case.where}"
