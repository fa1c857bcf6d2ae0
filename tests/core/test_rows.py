"""The table of rows: their owners, that no other module names a row, and rows that it does not know."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from reznet_load.core import rows
from reznet_load.core.measured.named_row import OF_GENERATOR, OF_SYSTEM, OF_USERS
from reznet_load.core.units import UNITS

PACKAGE = Path(rows.__file__).resolve().parent.parent
ROOT = Path(__file__).resolve().parents[2]
_NAMED = re.compile(r'[`"]((?:CHAT|PROBE|GAUGE|COUNT) [^`"\n]+)[`"]')
# A row's key at the start of a text, or its kind alone where a row is put together.
_ROW = re.compile(r"(CHAT|PROBE|GAUGE|COUNT)( |$)|(GET|POST|PUT|PATCH|DELETE) /")
# Texts that look like a row and are none.
_OTHERS = {("probes/reznet/redis.py", "COUNT")}  # an option of Redis' SCAN


def _texts(path: Path) -> list[str]:
    """Every text of a module, those of f-strings in their parts."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def test_no_module_but_the_table_names_a_row() -> None:
    found = {
        (str(path.relative_to(PACKAGE)), text[:60])
        for path in PACKAGE.rglob("*.py")
        if path.name not in ("rows.py", "named_row.py")
        for text in _texts(path)
        if _ROW.match(text)
    }
    assert found == _OTHERS


def test_documents_and_requirements_name_rows_of_the_table() -> None:
    """A row that is renamed is renamed in the templates and in nfr.toml as well."""
    files = [*(ROOT / "templates").rglob("*.j2"), ROOT / "nfr.toml"]
    named = {row for path in files for row in _NAMED.findall(path.read_text(encoding="utf-8"))}
    assert len(named) > 15
    assert {row for row in named if not _known(row)} == set()


def _known(row: str) -> bool:
    kind, _, name = row.partition(" ")
    return row in rows.TABLE or name == "*" or any(family.find(kind, name) for family in rows.FAMILIES)


def test_each_row_has_a_unit_that_can_be_written_and_says_what_it_is() -> None:
    for row in (*rows.TABLE.values(), *rows.FAMILIES):
        assert row.unit in UNITS and row.about, row
        assert row.whose in (OF_USERS, OF_SYSTEM, OF_GENERATOR)


@pytest.mark.parametrize(
    ("key", "whose", "operation"),
    [
        ("GET /api/agents", OF_USERS, True),
        ("GET /own/path", OF_USERS, True),
        ("GET /api/agents (arrivals)", OF_USERS, True),
        ("CHAT something of my own", OF_USERS, True),
        ("GRPC call", OF_USERS, True),
        ("COUNT reply chunks", OF_USERS, False),
        ("COUNT process time GET /api/agents/{id}", OF_SYSTEM, False),
        ("COUNT anthropic reply chunks", OF_SYSTEM, False),
        ("PROBE anthropic first byte, simulated network mobile", OF_SYSTEM, False),
        ("PROBE my own", OF_SYSTEM, False),
        ("GAUGE target cpu", OF_SYSTEM, False),
        ("GAUGE a worker of mine cpu", OF_SYSTEM, False),
        ("GAUGE agent list statements", OF_SYSTEM, False),
        ("GAUGE generator cpu", OF_GENERATOR, False),
        ("GAUGE open files", OF_GENERATOR, False),
        ("GAUGE unknown row 3", OF_GENERATOR, False),
    ],
)
def test_the_table_or_the_kind_decides_a_rows_owner(key: str, whose: str, operation: bool) -> None:
    row = rows.named(key)
    assert (row.key, row.whose, row.is_operation) == (key, whose, operation)


def test_a_row_of_a_family_is_found_by_its_name() -> None:
    row = rows.PROCESS_TIME.of(rows.GET_AGENT.key)
    assert row.key == "COUNT process time GET /api/agents/{id}"
    assert rows.named(row.key) == row


def test_provider_rows_have_the_unit_of_users_rows() -> None:
    row = rows.named("COUNT anthropic reply chunk rate")
    assert row == rows.of_provider(rows.REPLY_CHUNK_RATE, "anthropic") and row.unit == "/s"


def test_parts_of_a_turn_are_operations_and_no_requests() -> None:
    parts = {row.key for row in rows.TABLE.values() if row.is_operation and not row.is_request}
    of_kinds = {f"CHAT {kind}{part}" for kind in ("", "long ", "left ") for part in ("first token", "chunk gap")}
    assert parts == {"CHAT first reasoning"} | of_kinds


def test_a_measurement_of_a_row_carries_its_unit() -> None:
    seen = rows.QUERY_COUNT.of("GET /health").seen(3, 1000.0, late=0.5)
    assert (seen.row, seen.unit, seen.value, seen.late) == ("COUNT query count GET /health", "statements", 3, 0.5)
