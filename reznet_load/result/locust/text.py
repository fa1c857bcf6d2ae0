"""Decodes the bytes of a file, whatever saved it (spreadsheet, editor, other system), or says how to save it correctly."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass

from reznet_load.core.errors import ConfigError
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.result.locust.columns import places

SEPARATORS = (",", ";", "\t", "|")
MOST_BYTES = 512 * 1024 * 1024
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SAVE = "save it as CSV, UTF-8, separated by commas, as `locust --csv PREFIX` writes it"
# First bytes of files that are not text, and what to do.
_NO_CSV = {
    b"PK\x03\x04": f"an Excel or LibreOffice workbook, or a zip; {_SAVE}",
    b"\xd0\xcf\x11\xe0": f"an old Excel workbook; {_SAVE}",
    b"\x1f\x8b": "compressed with gzip; unpack it first: gunzip FILE",
    b"PAR1": f"a Parquet file; {_SAVE}",
}


@dataclass(frozen=True, slots=True)
class CsvText:
    """A file's text; `separator` of its fields; `note`: what a reader should know about how it was read, else empty."""

    text: str
    separator: str
    note: str = ""


def decode(data: bytes, name: str) -> CsvText:
    """Decode the file called `name`. Raises ConfigError that says what was found and how to save it correctly."""
    if not data.strip():
        raise ConfigError(f"{name}: empty; expected the *_stats.csv of a finished `locust --csv PREFIX` run")
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{name}: {len(data) / 1e6:.0f} MB; expected a stats file of at most {MOST_BYTES >> 20} MB")
    for start, found in _NO_CSV.items():
        if data.startswith(start):
            raise ConfigError(f"{name}: this is {found}")
    if data.lstrip()[:15].lower().startswith((b"<!doctype", b"<html")):
        raise ConfigError(
            f"{name}: this is an HTML page; judge the CSVs of the run, which `locust --csv PREFIX` writes"
        )
    text, note = _decoded(data, name)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ConfigError(
            f"{name}, line {line}: a NUL byte, so the file was damaged when it was written or copied; copy it again"
        )
    text, declared = _after_declared(text.removeprefix("\ufeff"))
    separator = declared or _separator(text)
    if separator != ",":
        note = " ".join([note, f"fields are separated by {_NAMES[separator]}"]).strip()
    return CsvText(text, separator, note)


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    encoding = _encoding(data)
    try:
        return data.decode(encoding), "" if encoding == "utf-8-sig" else f"read as {encoding.upper()}"
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig":
            raise ConfigError(
                f"{name}: begins like {encoding.upper()} and is cut or damaged ({error.reason}); {_SAVE}"
            ) from None
    return data.decode(
        "cp1252", errors="replace"
    ), "it is not UTF-8: read as Latin-1 (cp1252), so names may show wrong letters"


def _encoding(data: bytes) -> str:
    """The encoding by the byte order mark; without one, by the positions of zero bytes."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = data[:400]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) > len(start) / 4 and min(even, odd) == 0:
        return "utf-16-be" if even else "utf-16-le"
    return "utf-8-sig"


def _after_declared(text: str) -> tuple[str, str]:
    """Excel's own first line `sep=;`: a blank line takes its place, so that line numbers stay the same."""
    first, newline, rest = text.partition("\n")
    plain = first.strip().strip('"').lower()
    if plain.startswith("sep=") and plain[4:5] in SEPARATORS:
        return newline + rest, plain[4:5]
    return text, ""


def _separator(text: str) -> str:
    """The separator with which the first line has the most known columns."""
    first = next((line for line in text.splitlines() if line.strip()), "")

    def found(separator: str) -> int:
        return len(places(headings(first, separator)))

    return max(SEPARATORS, key=lambda separator: (found(separator), separator == ","))


def headings(line: str, separator: str) -> list[str]:
    """The fields of the first line."""
    try:
        return [field.strip() for field in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:
        return []


def shown(headings: list[str]) -> str:
    """The first headings for a sentence, cut if they are long."""
    return for_terminal(", ".join(headings[:8]), 160) or "nothing"
