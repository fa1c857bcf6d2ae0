"""The pages of docs/ that are made from the code: `python docs/generate.py`, or `make docs`.

A test checks that they are up to date.

`reference.md` has every command and option, as `--help` shows them, and every field of `result.json`; `glossary.md` has the words
that the results documents explain.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from reznet_load.cli import build_parser
from reznet_load.commands.command_groups import COMMAND_GROUPS
from reznet_load.report.ci import result_schema
from reznet_load.report.parts.glossary import DOCUMENT_TERMS, TERMS
from reznet_load.target import processes, simulate

HERE = Path(__file__).parent
MADE = "This page is made from the code by `make docs`; edits are lost."
OWN_PARSERS = {"target": processes.build_parser, "provider": simulate.build_parser}
COMMON = "load"  # the command whose options every run has


def pages() -> dict[Path, str]:
    """Each page with its text."""
    return {HERE / "reference.md": reference(), HERE / "glossary.md": glossary()}


def commands() -> dict[str, argparse.ArgumentParser]:
    """The parser of each command, in the order of the main help."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in build_parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            found = {name: OWN_PARSERS.get(name, lambda one=one: one)() for name, one in action.choices.items()}
    return found


def summaries() -> dict[str, str]:
    """The line of each command in the main help."""
    (action,) = (one for one in build_parser()._actions if isinstance(one, argparse._SubParsersAction))
    return {one.dest: _text(one, "reznet-load") for one in action._choices_actions}


def reference() -> str:
    """Commands, options, fields."""
    parsers, said = commands(), summaries()
    common = {row for group in _groups(parsers[COMMON]) for row in group.rows}
    lines = [
        "# Reference",
        "",
        "After this page you know every command, every option and every field of `result.json`.",
        MADE,
    ]
    lines += ["", "## Commands"]
    for title, names in COMMAND_GROUPS.items():
        lines += ["", f"**{title[0].upper()}{title[1:]}**", "", "| command | what it does |", "| --- | --- |"]
        lines += [f"| [`reznet-load {name}`](#reznet-load-{name}) | {said[name]} |" for name in names]
    lines += ["", "## Options of a run", ""]
    lines += [
        "Every run takes these; `reznet-load.toml` takes them too, by the same names ([runs.md](runs.md#options-for-every-run))."
    ]
    lines += _tables(_groups(parsers[COMMON]))
    for name, parser in parsers.items():
        lines += ["", f"## reznet-load {name}", "", f"{_sentence(said[name])}"]
        own = list(_groups(parser))
        of_run = {row for group in own for row in group.rows} & common
        if len(of_run) > len(common) / 2:
            without = _not_taken(parser, parsers[COMMON])
            lines += ["", f"It takes the [options of a run](#options-of-a-run){without}{_and_own(own, common)}"]
            own = [group.without(common) for group in own]
        lines += _tables([group for group in own if group.rows])
    return "\n".join([*lines, *_fields(), ""])


class _Group:
    """Options, or arguments, under one title: (how it is written, what it does)."""

    def __init__(self, title: str, rows: list[tuple[str, str]]) -> None:
        self.title = title
        self.rows = rows

    def without(self, others: set[tuple[str, str]]) -> _Group:
        return _Group(self.title, [row for row in self.rows if row not in others])


def _groups(parser: argparse.ArgumentParser) -> Iterator[_Group]:
    for group in parser._action_groups:
        shown = [one for one in group._group_actions if one.dest != "help" and one.help != argparse.SUPPRESS]
        if shown:
            yield _Group(group.title or "", [(_written(one), _text(one, parser.prog)) for one in shown])


def _written(action: argparse.Action) -> str:
    value = action.metavar or (f"{{{','.join(map(str, action.choices))}}}" if action.choices else action.dest.upper())
    if not action.option_strings:
        return str(value)
    return ", ".join(action.option_strings) + ("" if action.nargs == 0 else f" {value}")


def _text(action: argparse.Action, program: str) -> str:
    return " ".join(((action.help or "") % {**vars(action), "prog": program}).split())


def _not_taken(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> str:
    refused = parser.get_default("but") or ()
    here = set(parser._option_string_actions)
    names = [
        one.option_strings[-1] for one in common._actions if one.dest in refused or not set(one.option_strings) & here
    ]
    return f" except {', '.join(f'`{name}`' for name in names)}" if names else ""


def _and_own(groups: list[_Group], common: set[tuple[str, str]]) -> str:
    return " and these:" if any(group.without(common).rows for group in groups) else "."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith("?") else ".")


def _tables(groups: Iterable[_Group]) -> list[str]:
    lines = []
    for group in groups:
        title = group.title[:1].upper() + group.title[1:]
        lines += ["", f"**{title}**", "", "| option | what it does |", "| --- | --- |"]
        lines += [f"| `{_cell(name)}` | {_cell(text)} |" for name, text in group.rows]
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _fields() -> Iterator[str]:
    made = result_schema.schema()
    yield from ("", "## result.json", "")
    yield '`schema` is the number of the file\'s shape. Every field is always there; null means "not measured" or "not known".'
    yield "The [JSON Schema](../reznet_load/report/ci/result.schema.json) is in the package."
    yield from _record("result.json", made)
    for name, record in made["$defs"].items():
        yield from _record(name, record)


def _record(name: str, record: dict[str, Any]) -> Iterator[str]:
    heading = [] if name == "result.json" else ["", f"### {name}", "", record.get("description", "")]
    yield from [*heading, "", "| field | type | what it is |", "| --- | --- | --- |"]
    for field, kind in record["properties"].items():
        yield f"| `{field}` | {_cell(_kind(kind))} | {_cell(_words(kind))} |"


def _words(kind: dict[str, Any]) -> str:
    """The description, in the words of JSON."""
    return re.sub(r"\bNone\b", "null", kind.get("description", "")).replace("True", "true").replace("False", "false")


def _kind(kind: dict[str, Any]) -> str:
    if "$ref" in kind:
        name = kind["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in kind:
        return " or ".join(_kind(one) for one in kind["anyOf"])
    if "enum" in kind:
        return "one of " + ", ".join(f"`{json.dumps(one, ensure_ascii=False)}`" for one in kind["enum"])
    if kind.get("type") == "array":
        return f"list of {_kind(kind['items'])}" if kind.get("items") else "list"
    return str(kind.get("type", "any"))


def glossary() -> str:
    """The words that results documents link, and those of the pages here."""
    terms = sorted((*TERMS, *DOCUMENT_TERMS), key=lambda one: one.title.lower())
    lines = [
        "# Glossary",
        "",
        "After this page you know the words of the results documents and of [measurement.md](measurement.md).",
        MADE,
        "",
    ]
    lines += [f'- <a id="term-{one.anchor}"></a>**{one.title}**: {one.text}.' for one in terms]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
