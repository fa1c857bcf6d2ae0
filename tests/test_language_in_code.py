"""Plain English in the code: messages, docstrings and comments use none of the phrases that readers had to read twice."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages import ROOT
from tests.test_language import PHRASES

# (file, phrase as it stands there): why it may stay.
EXCEPTIONS = {
    ("reznet_load/chat/failure.py", "somebody"): "a kind of failure, as it stands in run folders and histories",
}
# Phrases that docstrings and comments had in many places -> what to write instead.
OF_DOCSTRINGS = {
    r"\b(?:None|nothing|empty|False|True) where\b|(?:\"\"|\{\}|\(\)|\[\]) where\b": "None if",
    r"\bRaises \w+ where\b": "Raises … if",
    r"\bwhere (?:there|it|that|they|one) (?:is|are|was|were) (?:none|no|not)\b": "if there is none",
    r"\banew\b": "again",
    r"\bsurely\b": "certainly",
    r"\bfor ever\b": "without end",
    r"\blooked at\b": "checked, read",
    r"\bnext to the requirements\b": "in addition to the requirements",
    r"\bpass(?:ed|es) over\b": "skipped",
    r"\btaken off\b": "subtracted, removed",
    r"\bof itself\b": "reports about itself",
    r"\bintended starts?\b": "scheduled start",
    r"\bgiven? back\b": "restored",
    r"\bwithout a word\b": "silently",
    r"\bmidst\b": "during, in the middle of",
}
FILES = sorted([*(ROOT / "reznet_load").rglob("*.py"), *(ROOT / "locustfiles").glob("*.py")])
DATA = [
    ROOT / name for name in ("nfr.toml", "nfr.chat.toml", "prices.toml", "Makefile", "action.yml", "docker-compose.yml")
]


def words(source: str) -> Iterator[tuple[int, str]]:
    """(line, text) of each message of several words, of each docstring and of each comment; no names."""
    pieces = set()
    for node in ast.walk(ast.parse(source)):
        text = None
        if isinstance(node, ast.JoinedStr):
            pieces |= {id(one) for one in node.values}
            text = "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in pieces:
            text = re.sub(r"\{\w*\}", "{}", node.value)  # a place that `format` fills is a name
        if text is not None and " " in text.strip():
            yield node.lineno, text
    yield from comments(source)


def comments(source: str) -> Iterator[tuple[int, str]]:
    """(line, text) of each comment."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ")


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """(line, text) of each docstring and each comment; no messages."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
    yield from comments(source)


def found(name: str, texts: Iterator[tuple[int, str]], phrases: dict[str, str] = PHRASES) -> list[str]:
    """Each of `phrases` in `texts` that is none of the exceptions of `name`, with its line and what is better."""
    return [
        f"{name}:{line + text.count(chr(10), 0, hit.start())}: {hit[0].strip()!r}, better: {better}"
        for line, text in texts
        for phrase, better in phrases.items()
        for hit in re.finditer(phrase, text, re.IGNORECASE | re.MULTILINE)
        if (name, hit[0].strip()) not in EXCEPTIONS
    ]


@pytest.mark.parametrize("folder", sorted({path.parent.relative_to(ROOT).as_posix() for path in FILES}))
def test_no_phrase_in_code_has_to_be_read_twice(folder: str) -> None:
    hits = []
    for path in FILES:
        if path.parent == ROOT / folder:
            hits += found(path.relative_to(ROOT).as_posix(), words(path.read_text(encoding="utf-8")))
    assert not hits, "\n".join(hits)


@pytest.mark.parametrize("folder", sorted({path.parent.relative_to(ROOT).as_posix() for path in FILES}))
def test_docstrings_use_none_of_the_phrases_that_were_rewritten(folder: str) -> None:
    hits = []
    for path in FILES:
        name = path.relative_to(ROOT).as_posix()
        if path.parent == ROOT / folder:
            hits += found(name, docstrings(path.read_text(encoding="utf-8")), OF_DOCSTRINGS)
    assert not hits, "\n".join(hits)


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.name)
def test_no_phrase_in_data_has_to_be_read_twice(path: Path) -> None:
    hits = found(path.name, iter([(1, path.read_text(encoding="utf-8"))]))
    assert not hits, "\n".join(hits)


def test_messages_docstrings_and_comments_are_read_and_names_are_not() -> None:
    source = (
        'def f(told):\n    """Said to nobody."""\n    note = {"told": 1}  # for whoever reads\n'
        '    return f"{told} beside {note}"\n'
    )
    assert [hit.partition(", better")[0] for hit in found("f.py", words(source))] == [
        "f.py:2: 'nobody'",
        "f.py:4: 'beside'",
        "f.py:3: 'whoever'",
    ]


def test_each_exception_in_code_is_still_needed() -> None:
    for name, phrase in EXCEPTIONS:
        texts = [text for _, text in words((ROOT / name).read_text(encoding="utf-8"))]
        assert any(phrase in text for text in texts), f"{name}: {phrase}"


def test_phrases_of_docstrings_are_found_in_docstrings_and_comments_alone() -> None:
    source = 'def f():\n    """Raises E where it is none."""\n    return "surely"  # surely\n'
    hits = found("f.py", docstrings(source), OF_DOCSTRINGS)
    assert [hit.partition(", better")[0] for hit in hits] == [
        "f.py:2: 'Raises E where'",
        "f.py:2: 'where it is none'",
        "f.py:3: 'surely'",
    ]
