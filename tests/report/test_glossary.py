"""The glossary: each term is linked at its first occurrence only, and text that must not be changed is not."""

from __future__ import annotations

from reznet_load.report.parts.glossary import TERMS, linked, section
from reznet_load.report.parts.tight import tight


def test_a_term_is_linked_where_it_first_stands_and_nowhere_else() -> None:
    text, found = linked("The p95 is high.\nA p95 again, and goodput.")
    assert text == "The [p95](#term-p95) is high.\nA p95 again, and [goodput](#term-goodput)."
    assert [one.anchor for one in found] == ["p95", "goodput"]
    assert section(found).count("<a id=") == 2


def test_code_headings_links_quotations_and_titles_stay_as_they_are() -> None:
    kept = [
        "## The p95",
        "```",
        "p95 of the knee",
        "```",
        "`p95`, [p95](x), “p95 goodput”, **p95**, Agent Response Time (p95)",
        "| Date | Agent p95 | DB p95 |",
        "| p95 of a row | - |",
        "*Next*: look at p95",
    ]
    text, found = linked("\n".join(kept))
    assert text.split("\n") == kept and found == [] and section(found) == ""


def test_a_cell_of_a_table_may_hold_the_first() -> None:
    assert linked("| Agents | p95 3 s, n = 7 |")[0] == "| Agents | [p95](#term-p95) 3 s, [n](#term-n) = 7 |"


def test_anchors_are_each_of_one_term() -> None:
    assert len({one.anchor for one in TERMS}) == len(TERMS) and all(one.text[0].islower() for one in TERMS)


def test_blank_lines_go_where_markdown_needs_none_and_stay_in_code() -> None:
    text = "# A\n\ntext\n\n```\na\n\n\nb\n```\n\nmore\n\n\n- list\n\nend\n\n| a |\n"
    assert tight(text) == "# A\ntext\n```\na\n\n\nb\n```\nmore\n\n- list\n\nend\n\n| a |\n"
