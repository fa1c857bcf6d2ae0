"""Names from outside are shown unchanged and have no effect."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.core.text.foreign_text import for_markdown, for_terminal


@pytest.mark.parametrize(
    ("text", "shown"),
    [("plain /a_b-c/1.2 (x) {id} #3", "plain /a_b-c/1.2 (x) {id} #3"), ("a\nb\tc\r", "a\\nb c\\r"), ("\x1b[31mred", "\\x1b[31mred"),
     ("\u202eevil\u2028", "\\u202eevil\\u2028"), ("é 漢 🚀", "é 漢 🚀"), ("\ud800", "\\ud800"), ("", ""),
     ("::add-mask::x", ": :add-mask::x"), ("  ::error file=a::b", "  : :error file=a::b"), ("a ##[error]b", "a # #[error]b"),
     ("::1 refused", "::1 refused"), ("a::b::c", "a::b::c")],
)  # fmt: skip
def test_a_foreign_name_cannot_control_a_terminal(text: str, shown: str) -> None:
    assert for_terminal(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a|b", "a&#124;b"), ("<b>x</b>", "&lt;b>x&lt;/b>"), ("< 1 s", "< 1 s"), ("&lt;", "&amp;lt;"), ("R&D", "R&D"),
     ("`c`", "\\`c\\`"), ("*s* _e_ a_b", "\\*s\\* \\_e\\_ a_b"), ("[x](y)", "\\[x\\](y)"), ("# head", "\\# head"),
     ("1. one", "1\\. one"),
     ("1.5 s", "1.5 s"), ("- item", "\\- item"), ("$x$", "\\$x\\$"), ("\\", "\\\\")],
)  # fmt: skip
def test_markdown_shows_a_name_as_it_is(text: str, shown: str) -> None:
    assert for_markdown(text) == shown


@given(st.text(max_size=80))
def test_no_foreign_name_breaks_a_table_cell(text: str) -> None:
    assert not re.search(r"(?<!\\)\||\n|[\x00-\x1f\x7f]", for_markdown(text))
    assert not re.search(r"<[A-Za-z/!?]", for_markdown(text))


def test_long_names_are_cut() -> None:
    assert for_terminal("x" * 50, 10) == "x" * 9 + "…"
