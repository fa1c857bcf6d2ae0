"""Damaged files: they are read if only one reading fits, or unjudged with line and column. Never a silent pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.result.locust.made import BOTH, FAST, FAST_TOTAL, GOOD, HEADER, NFR, SLOW, TOTAL, judged, said, write

NO_TOTAL = f"{HEADER}\n{FAST}\n"
GERMAN = NO_TOTAL.replace(",", ";").replace(".", ",")
GERMAN_COUNTS = GERMAN.replace(";1000;", ";1.000;")

READ = {
    "as Locust wrote it": (GOOD, "pass"),
    "two rows, one slow": (BOTH, "fail"),
    "byte order mark": ("\ufeff" + GOOD, "pass"),
    "Windows line ends": (GOOD.replace("\n", "\r\n"), "pass"),
    "old Mac line ends": (GOOD.replace("\n", "\r"), "pass"),
    "UTF-16": (GOOD.encode("utf-16"), "pass"),
    "UTF-16 without a mark": (GOOD.encode("utf-16-le"), "pass"),
    "UTF-32": (GOOD.encode("utf-32"), "pass"),
    "Latin-1": (GOOD.replace("/fast", "/caf\u00e9").encode("latin-1"), "pass"),
    "tabs": (GOOD.replace(",", "\t"), "pass"),
    "semicolons": (GOOD.replace(",", ";"), "pass"),
    "semicolons told by Excel": ("sep=;\n" + GOOD.replace(",", ";"), "pass"),
    "semicolons and decimal commas": (GERMAN, "pass"),
    "decimal commas and thousands points": (GERMAN_COUNTS, "pass"),
    "counts as pandas saves them": (GOOD.replace("1000,0,", "1000.0,0.0,"), "pass"),
    "all fields quoted": ("\n".join('"' + line.replace(",", '","') + '"' for line in GOOD.splitlines()) + "\n", "pass"),
    "spaces around fields": (GOOD.replace(",20,", ", 20 ,"), "pass"),
    "thousands in quotes": (BOTH.replace(",1000,", ',"1,000",').replace(",2000,10,", ',"2,000",10,'), "fail"),
    "thousands by spaces": (BOTH.replace(",1000,", ",1\u202f000,"), "fail"),
    "empty columns of a spreadsheet": ("".join(f"{line},,,\n" for line in GOOD.splitlines()), "pass"),
    "blank and separator lines": (GOOD.replace("\n", "\n\n") + "," * 21 + "\n", "pass"),
    "unquoted comma in a name": (GOOD.replace("/fast", "/a,b"), "pass"),
    "newline in a name": (GOOD.replace("/fast", '"/a\nb"'), "pass"),
    "name nan": (BOTH.replace("/slow", "nan"), "fail"),
    "name None": (BOTH.replace("/slow", "None"), "fail"),
    "name Total": (BOTH.replace("/slow", "Total"), "fail"),
    "name Aggregated": (BOTH.replace("/slow", "Aggregated"), "fail"),
    "name N/A": (BOTH.replace("/slow", "N/A"), "fail"),
    "no type": (BOTH.replace("GET,/slow", ",/slow"), "fail"),
    "total in the middle": (f"{HEADER}\n{TOTAL}\n{FAST}\n{SLOW}\n", "fail"),
    "no total, whole last line": (NO_TOTAL, "pass"),
    "columns in another order": ("Failure Count,100%,95%,Name,Request Count\n0,80,40,/fast,1000\n", "pass"),
    "a row without requests": (f"{HEADER}\n{FAST}\nGET,/never,0,0,0,0,0,0,0,0,0{',N/A' * 11}\n{FAST_TOTAL}\n", "pass"),
    "99.999 without its sign": (GOOD.replace("99.99%", "99.999"), "pass"),
    "fractions of a millisecond": (GOOD.replace(",80,512", ",80.25,512"), "pass"),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_a_damaged_file_with_only_one_reading_is_read(tmp_path: Path, case: str) -> None:
    text, outcome = READ[case]
    run = judged(write(tmp_path, text))
    assert run.outcome == outcome, said(run)
    assert not run.run.damage


# Each with what the sentence must say.
DAMAGED = {
    "line cut in a percentile": (f"{HEADER}\n{FAST}\n{SLOW[:60]}", "line 3"),
    "line cut, newline after": (f"{HEADER}\n{FAST}\n{SLOW[:60]}\n{TOTAL}\n", "line 3"),
    "last number cut, no total": (NO_TOTAL[:-2], "line 2, column 100%: read 8 after 80"),
    "last line without its end, no total": (NO_TOTAL[:-1], "line 2: the last line has no end"),
    "total cut": (BOTH[:-30], "line 4"),
    "row missing": (f"{HEADER}\n{FAST}\n{TOTAL}\n", "the rows add up to 1000, the total Aggregated has 2000"),
    "row twice": (f"{HEADER}\n{FAST}\n{FAST}\n{TOTAL}\n", "line 3: this row is there twice"),
    "two files in one": (GOOD + GOOD, "the heading stands here again"),
    "requests changed": (GOOD.replace("/fast,1000", "/fast,9000"), "column Request Count"),
    "failures changed": (BOTH.replace("/slow,1000,10", "/slow,1000,1"), "column Failure Count"),
    "failures beyond requests": (NO_TOTAL.replace("1000,0", "1000,1001"), "1001 failures of 1000 requests"),
    "percentiles fall": (GOOD.replace("35,40,55", "35,4,55"), "line 2, column 95%: read 4 after 35 in 90%"),
    "percentile above the largest": (GOOD.replace("75,80,80", "75,80,90"), "column 100%: 90 is not between"),
    "mean below the smallest": (GOOD.replace("22.5", "2.5").replace("3,80", "9,80"), "column Average Response Time"),
    "smallest above the largest": (GOOD.replace(",3,80,", ",300,80,"), "column Min Response Time"),
    "negative": (GOOD.replace(",3,80,", ",-3,80,"), "column Min Response Time: read '-3', expected a number, zero or more"),
    "infinite": (GOOD.replace("22.5", "inf"), "column Average Response Time"),
    "a letter in a number": (GOOD.replace(",40,", ",4O,"), "line 2, column 95%: read '4O'"),
    "a unit": (GOOD.replace(",40,", ",40ms,"), "line 2, column 95%: read '40ms'"),
    "a formula error": (GOOD.replace(",40,", ",#REF!,"), "line 2, column 95%: read '#REF!'"),
    "no number where requests are": (GOOD.replace(",40,", ",,"), "line 2, column 95%: no number"),
    "N/A where requests are": (GOOD.replace(",40,", ",N/A,"), "line 2, column 95%: no number"),
    "no request count": (NO_TOTAL.replace("1000", ""), "line 2, column Request Count"),
    "half a request": (NO_TOTAL.replace("1000", "1000.5"), "column Request Count"),
    "thousands or decimals": (
        "Name,Request Count,Failure Count,Average Response Time,95%\n/a,100,0,\"1,200\",40\n", "may be thousands or decimals"
    ),
    "points that may be decimals": (
        GOOD.replace("22.5", "22").replace("1000", "1.000"), "may be thousands or decimals"
    ),
    "more requests than there can be": (GOOD.replace("1000", "9" * 20), "column Request Count"),
    "unquoted thousands": (GOOD.replace("/fast,1000", "/fast,1,000"), "line 2: 23 fields, expected 22"),
    "too many fields": (GOOD.replace("80,80\n", "80,80,7\n", 1), "line 2: 23 fields, expected 22"),
    "a name spliced from two": (GOOD.replace("/fast", '"/a "b'), "line 2: quotes are damaged"),
    "a quote that never ends": (GOOD.replace("/fast", '"/fast'), "line 2"),
    "after a name of two lines": (
        GOOD.replace("/fast", '"/a\nb"').replace(",Aggregated,1000", ",Aggregated,x"), "line 4, column Request Count"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_damage_is_unjudged_with_its_place(tmp_path: Path, case: str) -> None:
    text, says = DAMAGED[case]
    nfr = NFR.replace("< 1 s", "< 3600 s")  # nothing fails by itself
    run = judged(write(tmp_path, text, nfr=nfr))
    assert (run.outcome, run.exit_code) == ("unjudged", 2), said(run)
    assert says in said(run)


REFUSED = {
    "empty": (b"", "empty; expected"),
    "white space": (b" \n\n", "empty; expected"),
    "a workbook": (b"PK\x03\x04rest", "workbook"),
    "gzip": (b"\x1f\x8b\x08rest", "gunzip"),
    "HTML": (b"<!DOCTYPE html><html>", "HTML page"),
    "NUL bytes": (GOOD.encode().replace(b"1000,0,20,22.5", b"1000,0\x00,20,22.5"), "line 2: a NUL byte"),
    "half of UTF-16": (GOOD.encode("utf-16")[:-1], "UTF-16"),
    "no heading": (f"{FAST}\n{FAST_TOTAL}\n".encode(), "line 1: no column"),
    "another CSV": (b"a,b,c\n1,2,3\n", "line 1: no column Name"),
    "a column twice": (GOOD.replace("90%,95%", "95%,95%").encode(), "column 95% is there twice"),
    "no failure column": (GOOD.replace("Failure Count", "Failing Count").encode(), "no column Failure Count"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_no_stats_file_is_refused_with_what_to_do(tmp_path: Path, case: str) -> None:
    content, says = REFUSED[case]
    path = write(tmp_path, content)
    run = judged(path)
    assert (run.outcome, run.exit_code) == ("unjudged", 2)
    assert says in run.refused and str(path) in run.refused


def test_a_failure_in_whole_rows_is_one_even_where_another_line_is_damaged(tmp_path: Path) -> None:
    run = judged(write(tmp_path, f"{HEADER}\n{FAST[:40]}\n{SLOW}\n{TOTAL}\n"))
    assert (run.verdicts[0].outcome, run.verdicts[0].row) == ("fail", "GET /slow")
    assert run.verdicts[1].outcome == "pending" and "line 2" in run.verdicts[1].reason
