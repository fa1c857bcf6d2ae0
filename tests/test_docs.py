"""The documents' links lead somewhere, and the tables of docs/measurement.md say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reznet_load import __version__
from reznet_load.core.measured.statistic import COMMON, statistic_of
from reznet_load.report.parts.glossary import DOCUMENT_TERMS, TERMS
from reznet_load.verdict.cautions import SIGNALS

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
MEASUREMENT = ROOT / "docs" / "measurement.md"


def anchors(document: Path) -> set[str]:
    """What its headings are called in links, by GitHub's rule: lower case, words joined by dashes, punctuation gone."""
    text = document.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    by_hand = set(re.findall(r'<a id="([\w-]+)">', text))
    return by_hand | {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_heading_the_code_points_at_is_there() -> None:
    sources = [path for folder in ("reznet_load", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
    pointed_at = {
        anchor for path in sources for anchor in re.findall(r"docs/measurement\.md#([\w-]+)", path.read_text("utf-8"))
    }
    assert pointed_at and pointed_at <= anchors(MEASUREMENT)


def test_the_page_of_rules_links_each_word_of_the_glossary_that_it_uses() -> None:
    text = MEASUREMENT.read_text("utf-8")
    linked = set(re.findall(r"\]\(glossary\.md#term-(\w+)\)", text))
    prose = re.sub(r"^#.*$|`[^`]*`|\]\([^)]*\)", " ", text, flags=re.MULTILINE)
    used = {term.anchor for term in (*TERMS, *DOCUMENT_TERMS) if re.search(term.pattern, prose)}
    assert used - linked == set()
    assert {"closed", "omission", "deff", "goodput", "knee"} <= linked


def test_each_section_of_the_page_of_rules_begins_with_what_it_means_for_a_run() -> None:
    sections = re.findall(r"^###? (.+)\n\n(.+)$", MEASUREMENT.read_text("utf-8"), re.MULTILINE)
    assert len(sections) > 12
    assert [title for title, first in sections if not first.startswith("In short: ")] == []


def test_the_table_of_void_runs_has_the_limits_of_the_code() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \|.*\| > ([\d.]+) (%|ms) \| (?:> ([\d.]+) (?:%|ms)|never) \|$",
        MEASUREMENT.read_text("utf-8"),
        re.MULTILINE,
    )
    # "never": no share of time exceeds 100 %.
    found = [(name, float(warn), float(void or 100), unit) for name, warn, unit, void in rows]
    assert found == [(signal.id, signal.warn, signal.void, signal.unit) for signal in SIGNALS]


def test_the_least_samples_for_a_pass_are_those_of_the_code() -> None:
    text = MEASUREMENT.read_text("utf-8")
    (table,) = re.findall(r"^\| statistic \| least samples .+\n\| -.*\n((?:\| .+\n)+)", text, re.MULTILINE)
    found = {name: int(count) for name, count in re.findall(r"^\| `(\w+)` \| (\d+) \|$", table, re.MULTILINE)}
    assert found == {name: statistic_of(name).floor for name in COMMON if statistic_of(name).floor > 1}


def test_each_claim_about_security_names_a_test_that_exists() -> None:
    document = ROOT / "docs" / "security.md"
    claims = re.findall(r"^\| (?!claim|---)(.+?) \| (.*) \|$", document.read_text("utf-8"), re.MULTILINE)
    assert len(claims) > 20
    for claim, held_by in claims:
        named = re.findall(r"\[`(test_\w+)`\]\(([^)]+)\)", held_by)
        assert named, f"no test is named: {claim}"
        for test, path in named:
            source = (document.parent / path).read_text("utf-8")
            assert re.search(rf"^def {test}\(", source, re.MULTILINE), f"{test} is not in {path}: {claim}"


def test_the_changelog_has_the_version_and_each_entry_since_is_one_line_in_a_known_group() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    new = text.partition("## [Unreleased]")[2].partition("## [0.1.0]")[0]
    (version,) = re.findall(r"^## \[([\d.]+)\] - \d{4}-\d\d-\d\d$", new, re.MULTILINE)
    assert version == __version__
    groups = re.findall(r"^### (.+)$", new, re.MULTILINE)
    assert set(groups) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    entries = re.findall(r"^- .+$", new, re.MULTILINE)
    assert len(entries) == len(set(entries)) > 50
    assert re.findall(r"^ .*$", new, re.MULTILINE) == [], "an entry is one line"
    assert [entry for entry in entries if not entry.endswith((".", ":"))] == []
