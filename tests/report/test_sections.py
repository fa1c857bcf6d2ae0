"""The document's sections: each is one module and one template of the same name, and `results.md.j2` shows them all."""

from __future__ import annotations

import re
from pathlib import Path

from reznet_load.core.system.resources import resource
from reznet_load.report.document import DETAILS, SECTIONS

_MODULES = Path(__file__).resolve().parents[2] / "reznet_load" / "report" / "sections"


def test_each_section_is_one_module_and_one_template_of_its_name() -> None:
    modules = {path.stem for path in _MODULES.glob("*.py")} - {"__init__"}
    templates = {path.name.removesuffix(".md.j2") for path in (resource("templates") / "sections").iterdir()}
    assert modules == templates
    assert set(SECTIONS) <= modules


def test_results_shows_every_section_once_in_the_order_of_the_list() -> None:
    shown = re.findall(r"^{{ (\w+) }}$", (resource("templates") / "results.md.j2").read_text(), re.MULTILINE)
    names = list(SECTIONS)
    assert shown == [*names[:-1], "glossary", names[-1]]


def test_the_details_show_every_part_of_theirs_once_and_each_is_a_module_and_a_template() -> None:
    shown = re.findall(r"^{{ (\w+) }}$", (resource("templates") / "details.md.j2").read_text(), re.MULTILINE)
    modules = {path.stem for path in (_MODULES.parent / "details").glob("*.py")} - {"__init__"}
    templates = {path.name.removesuffix(".md.j2") for path in (resource("templates") / "details").iterdir()}
    assert shown == list(DETAILS) and modules == templates == set(DETAILS)


def test_what_is_no_section_of_its_own_is_part_of_the_one_it_is_numbered_with() -> None:
    parts = {path.stem for path in _MODULES.glob("*.py")} - {"__init__"} - set(SECTIONS)
    for part in parts:
        number = part.partition("_")[0]
        (section,) = [name for name in SECTIONS if name.partition("_")[0] == number]
        assert f'include "sections/{part}.md.j2"' in (resource("templates") / f"sections/{section}.md.j2").read_text()


def test_no_folder_of_the_report_has_more_than_twenty_files() -> None:
    report = _MODULES.parent
    rooms = [report, *(path for path in report.iterdir() if path.is_dir())]
    assert {room.name: count for room in rooms if (count := len(list(room.glob("*.py")))) > 20} == {}
