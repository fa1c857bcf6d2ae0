"""A first `nfr.toml` from the rows of a run: a block with comfortable limits for each row, ready to edit."""

from __future__ import annotations

import json
import math

import numpy as np

from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.units import format_value
from reznet_load.result.locust.run import CsvRun
from reznet_load.verdict.csv.bounds import quantile_bounds, share_bounds
from reznet_load.verdict.csv.table import Table
from reznet_load.verdict.judgement import FEWEST
from reznet_load.verdict.rules import FAILED_SHARE

MOST_ROWS = 500
_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_ROOM = 1.3  # factor from the largest possible measured value to the limit, before rounding up
_SHARES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_HEAD = """\
# Requirements for {name}, written by `reznet-load nfr` from one run: its own figures with room above them.
# They say what was, not what should be: put your limits in.
#
# statistic  any percentile of the file ({levels}), mean, min, max, error_rate, throughput, requests
# limit      an operator, a number and a unit: "< 300 ms", "< 1 s", "< 1 %", "> 50 /s", "> 1000 requests"
# rows       names as Locust shows them, or patterns: "GET /items/*", "*" for each row; the worst row decides
# required   false: shown, and never fails a run
# id, title  follow from the others where they are missing
"""


def first_nfr(run: CsvRun) -> str:
    """The text of the file. Limits lie above the values of the run, so that only a row with many failures misses its limit."""
    table = run.table
    asked = table.operations[table.requests[table.operations] > 0]
    order = asked[np.argsort(-table.requests[asked], kind="stable")]
    statistic = _statistic(table)
    parts = [_HEAD.format(name=_comment(run.name), levels=_levels(table))]
    for at in order[:MOST_ROWS]:
        parts.append(_block(table, int(at), statistic))
    if len(order) > MOST_ROWS:
        parts.append(
            f'# {len(order) - MOST_ROWS} rows with fewer requests have no block; rows = ["*"] would judge each of them.\n'
        )
    return "\n".join(parts)


def _statistic(table: Table) -> str:
    """p95, or another percentile if the file has no p95."""
    for name in ("p95", "p90", "p99", "p50"):
        if not np.isnan(table.column(statistic_of(name).level)).all():
            return name
    return "max"


def _levels(table: Table) -> str:
    return ", ".join(f"p{100 * level:.6g}" for level in table.levels if level < 1)[:200] or "p50"


def _block(table: Table, at: int, statistic: str) -> str:
    rows = np.array([at])
    name = _toml(table.keys[at])
    requests, failures = int(table.requests[at]), int(table.failures[at])
    lines = [f"# {_comment(table.keys[at])}: {requests} requests, {failures} failed"]
    least, share = share_bounds(table.failures[rows], table.requests[rows])
    if failures >= FEWEST and least[0] >= FAILED_SHARE:  # `judge` does not judge the times of such a row either
        lines.append("# so many failed that its times are not judged: repair the row, or delete this block")
        return "\n".join([*lines, *_nfr("error_rate", f"{_SHARES[0]:g} %", name)]) + "\n"
    level = statistic_of(statistic).level
    _, high = quantile_bounds(table, rows, level)
    value = table.maximum[at] if statistic == "max" else table.column(level)[at]
    most = high[0] if statistic != "max" and np.isfinite(high[0]) else np.nanmax([value, table.maximum[at], 0.0])
    if not np.isnan(value) and most > 0:
        lines += [f"# {statistic} was {format_value(float(value), 'ms')}", *_nfr(statistic, _time(_ROOM * most), name)]
    lines += ["", *_nfr("error_rate", f"{next((one for one in _SHARES if one > 100 * share[0]), 100.0):g} %", name)]
    return "\n".join(lines) + "\n"


def _nfr(statistic: str, limit: str, name: str) -> list[str]:
    return ["[[nfr]]", f'statistic = "{statistic}"', f'limit = "< {limit}"', f"rows = [{name}]"]


def _time(value: float) -> str:
    """The next round number above `value` (ms), in ms, or in s from 1 s on."""
    power = 10.0 ** math.floor(math.log10(max(value, 1.0)))
    rounded = next(step for step in _STEPS if step * power >= value) * power
    return f"{rounded / 1000:g} s" if rounded >= 1000 else f"{rounded:g} ms"


def _toml(text: str) -> str:
    """`text` as a TOML string. TOML has the escapes of JSON, except for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return _toml(text)[1:-1]
