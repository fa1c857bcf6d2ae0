"""Plain English: documents, templates and help use none of the phrases that readers had to read twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.pages import ROOT, parsers

# Phrase -> what to write instead.
PHRASES = {
    r"\btold\b": "reported, shown, said",
    r"\b(?:nobody|somebody|anybody|everybody)\b": "no user, one of, all users",
    r"\bwhoever\b": "the reader, the client",
    r"\bfor want of\b": "not checked: why",
    r"\bbeside\b": "next to, alongside",
    r"\bno more\b(?! than\b)": "never again, no longer",
    r"\b(?:limit|cost|`--max-cost`)s?(?: that)? (?:is|are|was|were|be) passed\b": "exceeded",
    r"\bitself again\b": "recovered",
    r"\bon the (?:good|bad) side\b": "meets its limit, misses its limit",
    r"\bin mid-run\b": "during the run",
    r"\bby luck\b": "does not count",
    r"\bmoods\b": "noise",
    r"\b(?:as|when) (?:it was )?looked at\b": "when it was read",
    r"\bmeant to (?:ask|be)\b": "scheduled, intended",
    r"\bfrom its beginning on\b": "from the start",
    r"\bwhat concern(?:s|ed) it\b": "what it needed",
    r"\bas long as it\b": "of the same length",
    r"\bknown? of each other\b": "recognise each other",
    r"(?:^|[.!?|] )(?-i:Who)\b(?! the users are)": "users who",
    r"\bget to finish\b": "have to finish",
    r"\btells (?:it|them)\b": "reports",
    r"\bhas gone by\b": "elapsed",
    r"\blives \d": "TTL",
    r"\bnames its own\b": "rows from another run name that run",
    r"\bwhat is left is\b": "so there is",
    r"\ba number that passed\b": "a step that passed",
}
# (file, phrase as it stands there): why it may stay.
EXCEPTIONS: dict[tuple[str, str], str] = {}


def texts() -> dict[str, str]:
    """All that a reader sees outside of a run: name -> text."""
    files = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "reports/README.md")]
    files += [
        ROOT / name
        for name in ("Makefile", "action.yml", "docker-compose.yml", "nfr.toml", "nfr.chat.toml", "prices.toml")
    ]
    files += [
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "docs" / "rules").glob("*.md"),
        *(ROOT / "templates").rglob("*.j2"),
    ]
    helps = {f"reznet-load {name} --help": parser.format_help() for name, parser in parsers().items()}
    from reznet_load.cli import build_parser

    helps["reznet-load --help"] = build_parser().format_help()
    return {path.relative_to(ROOT).as_posix(): prose(path) for path in files} | helps


def prose(path: Path) -> str:
    """A page as it stands; of a template what is printed, without its code and comments."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"\{#.*?#\}|\{[{%].*?[%}]\}", " ", text, flags=re.DOTALL) if path.suffix == ".j2" else text


TEXTS = texts()


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_no_phrase_has_to_be_read_twice(name: str) -> None:
    found = [
        f"line {TEXTS[name].count(chr(10), 0, hit.start()) + 1}: {hit[0].strip()!r}, better: {better}"
        for phrase, better in PHRASES.items()
        for hit in re.finditer(phrase, TEXTS[name], re.IGNORECASE | re.MULTILINE)
        if (name, hit[0].strip()) not in EXCEPTIONS
    ]
    assert not found, "\n".join(found)


def test_each_exception_is_still_needed() -> None:
    for name, phrase in EXCEPTIONS:
        assert phrase in TEXTS[name], f"{name}: {phrase}"
