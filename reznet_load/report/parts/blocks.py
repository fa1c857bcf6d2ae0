"""Result blocks: the figures of one row, its run, and what the performance suite measured of the same."""

from __future__ import annotations

from reznet_load.core.measured.measurement import Row
from reznet_load.core.units import format_value
from reznet_load.report.lines import row
from reznet_load.report.parts.provider_rows import missing
from reznet_load.report.view import View, ms


def figures(row: Row | None) -> dict[str, str]:
    """The fields of a result block; every one is there, `-` if nothing was measured."""
    names = ("mean", "p50", "p95", "p99", "minimum", "maximum")
    if row is None:
        return dict.fromkeys(names, "-") | {"n": "0", "failed": "-"}
    broken = "none succeeded" if not row.count and row.failures else "-"
    values = {
        name: broken if getattr(row, name) is None else format_value(getattr(row, name), row.unit) for name in names
    }
    return values | {"n": str(row.count), "failed": str(row.failures)}


def with_time_outs(row: Row) -> str:
    """What stands next to a mean or a largest value that counts parts which never came; empty if all came."""
    return f" ({row.missing} never came; each counts with its time-out)" if row.missing else ""


def of_failed(view: View, key: str) -> dict[str, str]:
    """The figures of a row of failed turns, in this run's judged phase."""
    return figures(view.row(key))


def block(view: View, key: str) -> dict[str, str]:
    """The figures of row `key` with its `run`, and `alone`: the suite's where the block is of another run."""
    found, run = row(view, key)
    suite, alone = view.context.suite, ""
    if suite is not None and run != suite.run and (own := suite.row(key)) is not None:
        cells = figures(own)
        names = ("mean",) if own.unit == "%" else ("mean", "p50", "p95")  # a share has no quantiles
        told = ", ".join(f"{name} {cells[name]}" for name in names if cells[name] != "-")
        alone = f"{told}, n = {cells['n']} (run {suite.run})"
    several = run == view.result.info.id and len(view.judged_phases) > 1
    where = f"{run}, {view.main.name}" if several and view.main else run or _missing(view, key)
    values = figures(found)
    if found is not None and found.missing and found.mean is not None:
        values |= {name: values[name] + with_time_outs(found) for name in ("mean", "maximum")}
    return values | {"run": where, "alone": alone}


def _missing(view: View, key: str) -> str:
    """Why no run has the row `key`."""
    pending = (
        v.reason for nfr in view.requirements.nfrs if nfr.matches(key) and (v := view.verdict(nfr.id)) and not v.row
    )
    return f"⏳ {missing(view, key) or next(pending, 'not measured yet')}"


def row_line(row: Row) -> dict[str, str]:
    """A line of the rows table."""
    rate = "-" if row.rate is None else f"{row.rate:.1f}"
    errors = "; ".join(f"{count} × {text}" for text, count in row.errors.items()) or "-"
    values = figures(row)
    if row.missing:  # its mean and its largest value count their time-outs
        values["failed"] += f", {row.missing} did not come"
    return values | {"key": row.key, "rate": rate, "intended": ms(row.intended), "errors": errors}
