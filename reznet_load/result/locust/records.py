"""A CSV's records, each with its line number and its number of fields; finds lines that are cut or have too many
fields.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace

from reznet_load.core.errors import ConfigError
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.verdict.csv.table import CsvDamage

MOST_COLUMNS = 500
csv.field_size_limit(8 * 1024 * 1024)  # an exception's traceback is one field


@dataclass(frozen=True, slots=True)
class Records:
    """`text` with one whole record for each of `lines`, under `headings`; `damage` for each record that could not be
    used.
    """

    text: str
    headings: list[str]
    lines: list[int]
    damage: tuple[CsvDamage, ...]


def records(text: str, separator: str, name: str, named: int | None = 1) -> Records:
    """The records of `text`. `named`: position of the name, the only column that may contain unquoted separators.

    Raises ConfigError if there is no heading, or the file cannot be split into fields.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[list[str]] = []
    lines: list[int] = []
    begin, odd = 1, False
    try:
        for row in reader:
            if any(field.strip() for field in row):
                rows.append(row)
                lines.append(begin)
            else:
                odd = odd or bool(row)  # a line with separators only, as spreadsheets leave them
            begin = reader.line_num + 1
    except csv.Error as error:
        raise ConfigError(
            f"{name}, line {begin}: cannot be read as CSV ({error}); restore the file as Locust wrote it"
        ) from None
    if not rows or len(rows[0]) > MOST_COLUMNS:
        raise ConfigError(
            f"{name}: no heading of Locust's in the first line; expected the *_stats.csv of `locust --csv PREFIX`"
        )
    head = _without_empty_end(rows[0])
    misquoted = _misquoted(text, separator)
    if not odd and all(len(row) == len(head) for row in rows) and head not in rows[1:]:
        return Records(text, head, lines[1:], misquoted)
    made = _mended(rows, lines, head, separator, named)
    return replace(made, damage=(*made.damage, *misquoted))


def _misquoted(text: str, separator: str) -> tuple[CsvDamage, ...]:
    """Damage if a quoted field continues after its closing quote. Locust up to 0.14 did not escape quotes in names and
    headings.
    """
    if '"' not in text or text.lstrip().startswith('"'):
        return ()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for _ in reader:
            pass
    except csv.Error as error:
        return (CsvDamage(f"quotes are damaged ({error}); restore the file, or run again", reader.line_num),)
    return ()


def _without_empty_end(row: list[str]) -> list[str]:
    while row and not row[-1].strip():
        row = row[:-1]
    return row


def _mended(rows: list[list[str]], lines: list[int], head: list[str], separator: str, named: int | None) -> Records:
    """Every whole record rewritten as valid CSV; for any other record damage that says where it is."""
    out = io.StringIO()
    kept = []
    damage = []
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow(head)
    for row, line in zip(rows[1:], lines[1:], strict=True):
        if len(row) > len(head):
            row = row[: len(head)] + _without_empty_end(row[len(head) :])
        said = ""
        if row == head:
            said = "the heading stands here again, so two files were put together; judge them one by one"
        elif len(row) < len(head):
            said = f"{len(row)} fields, expected {len(head)}: the line was cut; restore the file, or run again"
        elif len(row) > len(head):
            whole = _joined(row, len(row) - len(head), separator, named)
            said = (
                ""
                if whole
                else f"{len(row)} fields, expected {len(head)}; write a name with {separator!r} in it in quotes"
            )
            row = whole or row
        if said:
            damage.append(CsvDamage(said, line, row=_key(row, named)))
            continue
        writer.writerow(row)
        kept.append(line)
    return Records(out.getvalue(), head, kept, tuple(damage))


def _joined(row: list[str], surplus: int, separator: str, named: int | None) -> list[str] | None:
    """The record with its split name joined again; None if a number may have been split as well."""
    if named is None:
        return None
    parts = row[named : named + surplus + 1]
    if any(_may_be_number(part) for part in parts[1:]):
        return None
    return [*row[:named], separator.join(parts), *row[named + surplus + 1 :]]


def _may_be_number(part: str) -> bool:
    return part.strip().replace(".", "", 1).isdigit() or not part.strip()


def _key(row: list[str], named: int | None) -> str:
    """What can be read of the row's key."""
    return for_terminal(" ".join(" ".join(row[: (named or 0) + 1]).split()), 120)
