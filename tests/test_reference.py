"""The pages that are made from the code are up to date: `make docs` writes them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from reznet_load.commands.command_groups import COMMAND_GROUPS
from reznet_load.report.ci import result_schema
from tests.pages import GENERATED, ROOT, parsers, text_of


def made() -> dict[Path, str]:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pages()


def test_generated_pages_are_what_the_code_says() -> None:
    pages = made()
    assert {path.name for path in pages} == set(GENERATED)
    for path, text in pages.items():
        assert text_of(path) == text, f"{path.name}: run `make docs`"


def test_every_option_of_every_command_has_a_line_that_says_what_it_does() -> None:
    reference = text_of(ROOT / "docs" / "reference.md")
    for name, parser in parsers().items():
        for action in parser._actions:
            if action.dest != "help":
                assert action.help, f"{name}: {action.dest}"
                written = action.option_strings[0] if action.option_strings else action.metavar
                assert f"| `{written}" in reference, f"{name}: {written}"


def test_the_help_of_a_run_begins_with_examples_and_is_grouped_by_what_options_are_for() -> None:
    text = parsers()["load"].format_help()
    order = ["examples:", "what is tested:", "how much:", "what for", "money:", "output:"]
    places = [text.index(one) for one in order]
    assert places == sorted(places)


def test_the_main_help_begins_with_examples_and_ends_with_the_plumbing() -> None:
    from reznet_load.cli import build_parser

    text = build_parser().format_help()
    assert text.index("examples:") < text.index("commands:")
    assert list(parsers())[-2:] == ["finish", "probe"] and text.index("  plumbing:") > text.index("    selftest")


def test_each_command_stands_in_exactly_one_group() -> None:
    grouped = [name for names in COMMAND_GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(parsers())


def test_every_field_of_result_json_has_a_line_that_says_what_it_is() -> None:
    made = result_schema.schema()
    for name, record in (("result.json", made), *made["$defs"].items()):
        assert [field for field, kind in record["properties"].items() if not kind.get("description")] == [], name
