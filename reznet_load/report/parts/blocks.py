"""Result blocks: the figures of a row, the run that measured it, and the figures of the performance suite."""

from __future__ import annotations

from reznet_load.core.measured.measurement import Row
from reznet_load.core.units import format_value
from reznet_load.report.lines import row
from reznet_load.report.parts.provider_rows import missing
from reznet_load.report.view import View, ms


def figures(row: Row | None) -> dict[str, str]:
    """All fields of a result block; `-` for a value that was not measured."""
    names = ("mean", "p50", "p95", "p99", "minimum", "maximum")
    if row is None:
        return dict.fromkeys(names, "-") | {"n": "0", "failed": "-"}
    broken = "none succeeded" if not row.count and row.failures else "-"
    values = {
        name: broken if getattr(row, name) is None else format_value(getattr(row, name), row.unit) for name in names
    }
    return values | {"n": str(row.count), "failed": str(row.failures)}


def with_time_outs(row: Row) -> str:
    """A note for a mean or a largest value that includes time-outs of missing parts; "" if no part is missing."""
    return f" ({row.missing} never came; each counts with its time-out)" if row.missing else ""


def of_failed(view: View, key: str) -> dict[str, str]:
    """The figures of a row of failed turns in the main phase of this run."""
    return figures(view.row(key))


def block(view: View, key: str) -> dict[str, str]:
    """The figures of the row `key` with its `run`; if that is not the suite, `alone` has the suite's figures as text."""
    found, run = row(view, key)
    suite, alone = view.context.suite, ""
    if suite is not None and run != suite.run and (own := suite.row(key)) is not None:
        cells = figures(own)
        names = ("mean",) if own.unit == "%" else ("mean", "p50", "p95")  # a share has no quantiles
        cells_text = ", ".join(f"{name} {cells[name]}" for name in names if cells[name] != "-")
        alone = f"{cells_text}, n = {cells['n']} (run {suite.run})"
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
    """The cells of a row in the table of rows."""
    rate = "-" if row.rate is None else f"{row.rate:.1f}"
    errors = "; ".join(f"{count} × {text}" for text, count in row.errors.items()) or "-"
    values = figures(row)
    if row.missing:  # mean and largest value include the time-outs of missing parts
        values["failed"] += f", {row.missing} did not come"
    return values | {"key": row.key, "rate": rate, "intended": ms(row.intended), "errors": errors}
