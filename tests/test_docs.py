"""The documents' links lead somewhere, and the tables of docs/measurement.md say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reznet_load import __version__
from reznet_load.core.measured.statistic import COMMON, statistic_of
from reznet_load.report.parts.glossary import DOCUMENT_TERMS, TERMS
from reznet_load.verdict.generator.signals import SIGNALS

ROOT = Path(__file__).resolve().parent.parent
MEASUREMENT = ROOT / "docs" / "measurement.md"
RULES = sorted((ROOT / "docs" / "rules").glob("*.md"))
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *RULES,
]


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
        found
        for path in sources
        for found in re.findall(r"(docs/(?:measurement|rules/[\w-]+)\.md)#([\w-]+)", path.read_text("utf-8"))
    }
    assert len({page for page, _ in pointed_at}) > 3
    assert [found for found in sorted(pointed_at) if found[1] not in anchors(ROOT / found[0])] == []


@pytest.mark.parametrize("page", [MEASUREMENT, *RULES], ids=lambda path: path.name)
def test_a_page_of_rules_links_each_word_of_the_glossary_that_it_uses(page: Path) -> None:
    text = page.read_text("utf-8")
    linked = set(re.findall(r"\]\((?:\.\./)?glossary\.md#term-(\w+)\)", text))
    prose = re.sub(r"^#.*$|`[^`]*`|\[[^\]]*\]\([^)]*\)", " ", text, flags=re.MULTILINE)
    used = {term.anchor for term in (*TERMS, *DOCUMENT_TERMS) if re.search(term.pattern, prose)}
    assert used - linked == set()


def test_the_short_form_of_the_rules_is_short_and_each_section_leads_to_its_full_rule() -> None:
    text = MEASUREMENT.read_text("utf-8")
    assert len(text.splitlines()) <= 250
    assert "Code:" not in text
    sections = re.split(r"^##+ (.+)$", text, flags=re.MULTILINE)[1:]
    without = [title for title, body in zip(sections[::2], sections[1::2], strict=True) if "](rules/" not in body]
    assert len(sections) > 24 and without == []
    assert {f"rules/{page.name}" for page in RULES} == set(re.findall(r"\]\((rules/[\w-]+\.md)", text))


@pytest.mark.parametrize("page", RULES, ids=lambda path: path.name)
def test_each_full_rule_names_its_short_form_and_code_that_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    assert "](../measurement.md#" in text.partition("\n## ")[0]
    for section in text.split("\n## ")[1:]:
        (code,) = re.findall(r"^Code: (.+)$", section, re.MULTILINE)
        paths = re.findall(r"`([\w/.]+)`", code)
        assert paths, section
        assert [
            path for path in paths if not (ROOT / path).exists() and not (ROOT / "reznet_load" / path).exists()
        ] == []


def test_no_sentence_stands_in_the_short_form_and_in_the_full_rule() -> None:
    found: dict[str, list[str]] = {}
    for page in (MEASUREMENT, *RULES):
        for sentence in {one.strip() for one in re.split(r"(?<=[.:]) |\n", page.read_text("utf-8"))}:
            if len(sentence) > 60 and not sentence.startswith(('"Code"', "|")):
                found.setdefault(sentence, []).append(page.name)
    assert {sentence: pages for sentence, pages in found.items() if len(pages) > 1} == {}


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
    ((names, counts),) = re.findall(
        r"^\| statistic \| (.+) \|\n\| -.*\n\| least samples .+? \| (.+) \|$", text, re.MULTILINE
    )
    found = {name.strip("`"): int(count) for name, count in zip(names.split(" | "), counts.split(" | "), strict=True)}
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
