"""Verdicts as JUnit XML: a test suite for each run, a test case for each requirement."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.report.ci.junit_cases import ERROR, FAILURE, SKIPPED, WARNED, JUnitCase, JUnitSuite, cases

FILE = "junit.xml"
_COUNTED = {FAILURE: "failures", ERROR: "errors", SKIPPED: "skipped"}  # kind -> the suite's attribute
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # characters that XML 1.0 cannot hold


def junit(suites: Sequence[JUnitSuite]) -> str:
    """The text of the XML. Fail is a failure, unjudged is an error; a verdict that does not count is skipped."""
    root = Xml.Element("testsuites", name="reznet-load")
    for suite in suites:
        found = cases(suite)
        node = Xml.SubElement(root, "testsuite", name=_plain(for_terminal(suite.name)), tests=str(len(found)))
        for kind, attribute in _COUNTED.items():
            node.set(attribute, str(sum(one.kind == kind for one in found)))
        node.set("time", f"{suite.seconds:.3f}")
        for one in found:
            _write(node, one, _plain(for_terminal(suite.about or suite.name)))
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _write(suite: Xml.Element, case: JUnitCase, about: str) -> None:
    node = Xml.SubElement(suite, "testcase", classname=about, name=_plain(case.name))
    if case.kind in _COUNTED:
        Xml.SubElement(node, case.kind, message=_plain(case.message)).text = _plain(case.text)
    else:
        text = f"WARNING: {case.text}" if case.kind == WARNED else case.text
        Xml.SubElement(node, "system-out").text = _plain(text)


def _plain(text: str) -> str:
    return _NO_XML.sub("�", text)
