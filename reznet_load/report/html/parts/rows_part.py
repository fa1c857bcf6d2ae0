"""Rows, slowest operations, where the time went, and steps over the number of users, on a page."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from reznet_load.core.finding import Finding
from reznet_load.core.units import format_value
from reznet_load.report.capacity_document import panels
from reznet_load.report.html import small
from reznet_load.report.html.pictures import row_charts
from reznet_load.report.html.points import points
from reznet_load.report.sections import s6_steps
from reznet_load.report.view import View, ms, sentence
from reznet_load.result.timeline import Timeline


def names(view: View, timeline: Timeline | None) -> dict[str, Any]:
    """The values for the templates `rows.html.j2`, `steps.html.j2`, `beyond.html.j2` and `time.html.j2`."""
    result = view.result
    return {
        "rows": _rows(view),
        "row_pictures": [Markup(chart) for _, chart in row_charts(view, timeline)] if timeline else [],
        "slowest": _slowest(view),
        "steps": [s6_steps.step_line(step) for step in result.steps],
        "step_charts": _steps(view),
        "behaviour": [s6_steps.line(verdict) for verdict in result.behaviour],
        "findings": [_finding(one) for one in result.findings],
    }


def _rows(view: View) -> list[dict[str, str]]:
    return [
        {
            "name": row.key,
            "count": format_value(row.count, "count"),
            "failed": format_value(row.failures, "count"),
            "share": format_value(row.error_rate, "%"),
            "rate": format_value(row.rate, "/s"),
            "p50": ms(row.p50),
            "p95": ms(row.p95),
            "p99": ms(row.p99),
            "most": ms(row.maximum),
            "kinds": "; ".join(f"{count} × {text}" for text, count in row.errors.items()),
        }
        for row in view.users_rows()
    ]


def _slowest(view: View) -> list[dict[str, str]]:
    """The slowest and failed operations that were kept, with the ids by which the backend's logs can be searched."""
    begin = view.result.info.origin or 0.0
    return [
        {
            "row": kept.row,
            "at": format_value(1000 * max(entry.start - begin, 0.0), "ms"),
            "took": ms(entry.value),
            "error": entry.error,
            "id": entry.request_id or entry.message,
        }
        for kept in view.operations
        for entry in (*kept.failed, *kept.slowest)
    ]


def _steps(view: View) -> list[Markup]:
    """Charts of goodput and of p95 of turns over the number of users; [] if the run had only one number of users."""
    if len({step.users for step in view.result.steps}) < 2:
        return []
    return [Markup(points(panel, "users")) for panel in panels(view.result, view.requirements)]


def _finding(finding: Finding) -> dict[str, Any]:
    shares = sorted(finding.shares.items(), key=lambda pair: -pair[1])
    return {
        "text": finding.text,
        "evidence": sentence(finding.evidence),
        "advice": sentence(finding.advice),
        "bar": Markup(small.bar(finding.text, shares)) if shares else "",
        "shares": [f"{name} {format_value(share, '%')}" for name, share in shares],
    }
