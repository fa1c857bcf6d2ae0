"""One random damage at a random place never makes a pass, unless nothing judged is affected and the whole file passes."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reznet_load.core.errors import ConfigError
from reznet_load.core.nfr import load_requirements
from reznet_load.result.locust import stats
from reznet_load.result.locust.text import decode
from reznet_load.verdict.csv.judge_table import judge_readings
from reznet_load.verdict.csv.table import Table
from tests.result.locust.made import HEADER, block

NFR = block("p95", "< 1 s", "GET /a", "GET /b,c") + block("error_rate", "< 5 %", "*") + block("p50", "< 300 ms", "*")
COUNTS = ("requests", "failures", "timed", "mixed", "ranked")


def row(name: str, n: int, failures: int, base: int) -> list[Any]:
    """A row as Locust writes it: whole percentiles between the smallest and the largest time."""
    quantiles = [base * factor // 10 for factor in (10, 11, 12, 13, 15, 18, 20, 22, 30, 30, 30)]
    return [
        "GET" if name else "",
        name or "Aggregated",
        n,
        failures,
        base,
        base * 1.2,
        base / 2 + 0.25,
        base * 3 + 4.75,
        512,
        1.5,
        0.1,
        *quantiles,
    ]


@st.composite
def files(draw: st.DrawFn) -> str:
    """A valid stats file of three rows that passes, with its total."""
    counts = [draw(st.integers(400, 40_000)) for _ in range(3)]
    failures = [draw(st.integers(0, 1)) for _ in range(3)]
    bases = [draw(st.sampled_from([10, 20, 40, 50, 90, 100, 200])) for _ in range(3)]
    rows = [row(name, *values) for name, *values in zip(["/a", "/b,c", '/d "e"'], counts, failures, bases, strict=True)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
    writer.writerows([HEADER.split(","), *rows, row("", sum(counts), sum(failures), max(bases))])
    return out.getvalue()


def of_bytes(text: str, kind: str, at: int) -> str:
    """One damage within the text."""
    at %= len(text)
    match kind:
        case "cut":
            return text[:at]
        case "character lost":
            return text[:at] + text[at + 1 :]
        case "comma":
            return text[:at] + "," + text[at:]
        case "quote":
            return text[:at] + '"' + text[at:]
        case "newline":
            return text[:at] + "\n" + text[at:]
        case "letter":
            return text[:at] + "x" + text[at + 1 :]
        case "minus":
            return text[:at] + "-" + text[at:]
        case "block lost":
            return text[:at] + text[at + 80 :]
    return text[:at] + "\0" + text[at:]


def of_lines(text: str, kind: str, at: int) -> str:
    """One damage of a whole line or field."""
    lines = text.splitlines(keepends=True)
    place = at % len(lines)
    if kind == "line lost":
        return "".join(lines[:place] + lines[place + 1 :])
    if kind == "line twice":
        return "".join(lines[: place + 1] + lines[place:])
    rows = list(csv.reader(io.StringIO(text)))
    line, field = rows[place], (at // len(lines)) % len(rows[place])
    match kind:
        case "field lost":
            del line[field]
        case "field empty":
            line[field] = ""
        case "count changed":
            line[2 + field % 2] = str(int(line[2 + field % 2]) + 1 + at % 1000) if place else "Count"
        case _:  # fields change places
            other = (field + 1 + at % 20) % len(line)
            line[field], line[other] = line[other], line[field]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


IN_BYTES = ["cut", "character lost", "comma", "quote", "newline", "letter", "minus", "block lost", "NUL"]
IN_LINES = ["line lost", "line twice", "field lost", "field empty", "count changed", "fields change places"]


def read(text: str, folder: Path) -> tuple[str, Table | None]:
    """(worst outcome, the table); `no total` where only a caution says that rows may be missing."""
    requirements = load_requirements(folder / "nfr.toml", short=True)
    try:
        table, damage, cautions = stats.read(decode(text.encode(), "run_stats.csv"), "run_stats.csv")
    except ConfigError:
        return "unjudged", None
    if table.total is None and table.keys and not damage:
        assert [one.id for one in cautions] == ["no_total"]
        return "no total", table
    outcomes = {verdict.outcome for verdict in judge_readings(requirements, (table,), damage).verdicts}
    return next(one for one in ("fail", "pending", "warning", "pass") if one in outcomes), table


def same(whole: Table, found: Table) -> bool:
    """Does `found` hold the counts of every operation of `whole`, and those of the named ones under their names? A time that was
    changed within its bounds cannot be noticed. Without a total nothing proves that rows are missing, and a caution says so.
    """

    def counts(table: Table) -> list[tuple]:
        return sorted(tuple(float(getattr(table, name)[at]) for name in COUNTS) for at in table.operations)

    return counts(found) == counts(whole) and {"GET /a", "GET /b,c"} <= set(found.keys)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=files(), kind=st.sampled_from(IN_BYTES + IN_LINES), at=st.integers(0, 10**6))
def test_random_damage_never_makes_a_pass(tmp_path: Path, text: str, kind: str, at: int) -> None:
    (tmp_path / "nfr.toml").write_text(NFR, encoding="utf-8")
    outcome, whole = read(text, tmp_path)
    assert outcome == "pass"
    damaged, table = read((of_bytes if kind in IN_BYTES else of_lines)(text, kind, at), tmp_path)
    if damaged in ("pass", "warning"):
        assert same(whole, table), kind


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), start=st.sampled_from(["", HEADER + "\n", "\ufeff", "sep=;\n", "[{", "\xff\xfe"]))
def test_any_bytes_give_at_most_an_error_sentence(tmp_path: Path, data: bytes, start: str) -> None:
    try:
        text = decode(start.encode("latin-1", "ignore") + data, "x_stats.csv")
        stats.read(text, "x_stats.csv")
    except ConfigError as error:
        assert "x_stats.csv" in str(error)
