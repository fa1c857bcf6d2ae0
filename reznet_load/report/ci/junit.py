"""Verdicts as JUnit XML, which every CI shows: a suite a run, a case a requirement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

from reznet_load.core.run import Verdict
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.core.units import format_value


@dataclass(frozen=True, slots=True)
class JUnitSuite:
    """One run: `refused` says why it has no verdicts, where it has none; `warnings_fail` as with --strict; `seconds` it took."""

    name: str
    verdicts: tuple[Verdict, ...]
    refused: str = ""
    warnings_fail: bool = False
    seconds: float = 0.0


def junit(suites: Sequence[JUnitSuite]) -> str:
    """The XML. Fail is a failure, unjudged an error, an advisory requirement that does not pass is skipped with its reason."""
    root = Xml.Element("testsuites", name="reznet-load")
    for suite in suites:
        node = Xml.SubElement(root, "testsuite", name=for_terminal(suite.name), time=f"{suite.seconds:.3f}")
        cases = [_case(node, suite, verdict) for verdict in suite.verdicts]
        if suite.refused or not suite.verdicts:
            case = Xml.SubElement(node, "testcase", classname=for_terminal(suite.name), name="the run can be judged")
            _says(case, "error", suite.refused or "no requirements were given")
            cases.append("error")
        node.set("tests", str(len(cases)))
        for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            node.set(name, str(cases.count(kind)))
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _case(suite: Xml.Element, run: JUnitSuite, verdict: Verdict) -> str:
    case = Xml.SubElement(suite, "testcase", classname=for_terminal(run.name), name=for_terminal(verdict.title))
    text = _evidence(verdict)
    kind = _kind(verdict, run.warnings_fail)
    if kind:
        _says(case, kind, for_terminal(verdict.reason, 1000) or text, text)
    else:
        Xml.SubElement(case, "system-out").text = text if verdict.outcome == "pass" else f"WARNING: {text}"
    return kind


def _kind(verdict: Verdict, warnings_fail: bool) -> str:
    if verdict.outcome == "pass" or (verdict.outcome == "warning" and not warnings_fail):
        return ""
    if not (verdict.required and verdict.counts):
        return "skipped"
    return "error" if verdict.outcome == "pending" else "failure"


def _says(case: Xml.Element, kind: str, message: str, text: str = "") -> None:
    node = Xml.SubElement(case, kind, message=for_terminal(message, 1000))
    node.text = text or for_terminal(message, 1000)


def _evidence(verdict: Verdict) -> str:
    value, low, high = (format_value(one, verdict.unit) for one in (verdict.value, verdict.low, verdict.high))
    row = f", row {for_terminal(verdict.row)}" if verdict.row else ""
    reason = f"; {for_terminal(verdict.reason, 1000)}" if verdict.reason else ""
    return f"{value} ({low} to {high}), limit {verdict.limit}, n={verdict.n}{row}{reason}"
