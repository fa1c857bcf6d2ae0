"""What the page's template names: the first screen, verdicts with their intervals drawn, and the data of its charts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from reznet_load.core.nfr import Nfr
from reznet_load.core.run import Verdict
from reznet_load.core.system.resources import resource
from reznet_load.core.units import format_value
from reznet_load.report.first_screen import first_screen
from reznet_load.report.html import svg
from reznet_load.report.html.panels import PANELS
from reznet_load.report.html.pictures import main_row, pictures
from reznet_load.report.sections import s6_steps
from reznet_load.report.view import View, actual, ms, remedied, sentence
from reznet_load.result.timeline import Timeline

TEMPLATE = "page/page.html.j2"
FILE = "report.html"
_ORDER = {"fail": 0, "warning": 1, "pending": 2, "pass": 3}


def names(view: View, timeline: Timeline | None) -> dict[str, Any]:
    """Of `page.html.j2`."""
    result, info = view.result, view.result.info
    return {
        "info": info,
        "result": result,
        "screen": first_screen(view),
        "verdicts": _verdicts(view),
        "voids": [one for one in remedied(result.cautions) if one.void],
        "behaviour": [s6_steps.line(verdict) for verdict in result.behaviour],
        "steps": [s6_steps.step_line(step) for step in result.steps],
        "step_chart": Markup(_steps(view)),
        "rows": _rows(view),
        "slowest": _slowest(view),
        "findings": [_finding(one) for one in result.findings],
        "history": _history(view),
        "pictures": [Markup(one) for one in pictures(view, timeline)] if timeline else [],
        "has_timeline": timeline is not None,
        "data": Markup(_json(_data(view, timeline))),
        "style": Markup(_file("style.css") + _file("vendor/uPlot.min.css")),
        "script": Markup(_file("vendor/uPlot.iife.min.js") + "\n" + _file("page.js")),
    }


def _file(name: str) -> str:
    return (resource("templates") / "page" / name).read_text(encoding="utf-8")


def _json(data: Any) -> str:
    """JSON that may stand in a script element: `<` and `&` are escaped, so that nothing in it ends the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return (
        text.replace("<", "\\u003c").replace("&", "\\u0026").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    )


def _verdicts(view: View) -> list[dict[str, Any]]:
    """The worst first; each with its interval drawn against its limit."""
    nfrs = {nfr.id: nfr for nfr in view.requirements.nfrs}
    found = sorted(view.result.verdicts, key=lambda one: (_ORDER[one.outcome], not one.required))
    phases = len(view.judged_phases)
    return [
        {
            "mark": one.mark,
            "outcome": one.outcome,
            "title": one.title + ("" if one.required else " (advisory)"),
            "limit": one.limit,
            "value": format_value(one.value, one.unit),
            "evidence": actual(one, phases),
            "picture": Markup(_interval(one, nfrs.get(one.id))),
        }
        for one in found
    ]


def _interval(verdict: Verdict, nfr: Nfr | None) -> str:
    if nfr is None or verdict.value is None:
        return ""
    title = f"{verdict.title}: {format_value(verdict.value, verdict.unit)}, limit {verdict.limit}"
    limit = nfr.limit
    return svg.interval(title, verdict.value, verdict.low, verdict.high, limit.value, limit.below, verdict.outcome)


def _rows(view: View) -> list[dict[str, str]]:
    return [
        {
            "name": row.key, "count": format_value(row.count, "count"), "failed": format_value(row.failures, "count"),
            "share": format_value(row.error_rate, "%"), "rate": format_value(row.rate, "/s"), "p50": ms(row.p50),
            "p95": ms(row.p95), "p99": ms(row.p99), "most": ms(row.maximum),
            "kinds": "; ".join(f"{count} × {text}" for text, count in row.errors.items()),
        }
        for row in view.users_rows()
    ]  # fmt: skip


def _slowest(view: View) -> list[dict[str, str]]:
    """The slowest and failed operations that were kept, with the ids that find them in the backend's logs."""
    found = []
    for kept in view.operations:
        for entry in (*kept.failed, *kept.slowest):
            begin = view.result.info.origin or 0.0
            found.append(
                {
                    "row": kept.row,
                    "at": format_value(1000 * max(entry.start - begin, 0.0), "ms"),
                    "took": ms(entry.value),
                    "error": entry.error,
                    "id": entry.request_id or entry.message,
                }
            )
    return found


def _finding(finding: Any) -> dict[str, Any]:
    shares = sorted(finding.shares.items(), key=lambda pair: -pair[1])
    return {
        "text": finding.text,
        "evidence": sentence(finding.evidence),
        "advice": sentence(finding.advice),
        "bar": Markup(svg.bar(finding.text, shares)) if shares else "",
        "shares": [f"{name} {format_value(share, '%')}" for name, share in shares],
    }


def _steps(view: View) -> str:
    """Goodput and throughput against users, where a run held more than one number of them."""
    held = sorted(view.result.steps, key=lambda step: step.users)
    if len({step.users for step in held}) < 2:
        return ""
    drawn = [
        svg.ChartLine("goodput", [step.goodput for step in held]),
        svg.ChartLine("throughput", [step.throughput for step in held]),
    ]
    return svg.lines("operations a second, by users", [float(step.users) for step in held], drawn, x_name="users")


def _history(view: View) -> list[dict[str, Any]]:
    """Each requirement's values over the runs of this target, the newest last; those of two runs and more."""
    found = []
    lines = view.context.history
    for nfr in view.requirements.nfrs:
        values = [line.value_of(nfr.id).value for line in lines]
        verdict = view.verdict(nfr.id)
        values.append(verdict.value if verdict else None)
        if sum(value is not None for value in values) < 2:
            continue
        x = [float(number + 1) for number in range(len(values))]
        title = f"{nfr.title}, {nfr.limit.unit}"
        change = next((one for one in view.result.changes if one.id == nfr.id), None)
        found.append(
            {
                "picture": Markup(svg.lines(title, x, [svg.ChartLine("value", values)], nfr.limit.value, x_name="run")),
                "sign": change.sign if change else "",
                "title": nfr.title,
                "values": [format_value(value, nfr.limit.unit) for value in values],
            }
        )
    return found


def _data(view: View, timeline: Timeline | None) -> dict[str, Any]:
    """What the script draws: times in s from the first user, latencies in ms."""
    if timeline is None:
        return {}
    info = view.result.info
    begin = info.phases[0].start
    return {
        "bin": timeline.seconds,
        "x": timeline.begins,
        "phases": [[phase.name, phase.start - begin, phase.end - begin, phase.users, phase.judged] for phase in info.phases],
        "rows": {
            key: {
                "ok": row.ok, "failed": row.failed, "p50": row.p50, "p95": row.p95, "p99": row.p99, "curve": row.curve,
                "limits": _limits(view.requirements.nfrs, key),
            }
            for key, row in timeline.rows.items()
        },
        "failures": timeline.failures,
        "gauges": timeline.gauges,
        "panels": [[panel.title, panel.unit, [[name, row.key] for name, row in panel.lines]] for panel in PANELS],
        "first": main_row(view, timeline)[0],
        "moments": _moments(view, begin),
    }  # fmt: skip


def _limits(nfrs: Sequence[Nfr], row: str) -> list[list[Any]]:
    """(statistic, ms) of the requirements that bound a latency of this row."""
    return [[nfr.statistic, nfr.limit.value] for nfr in nfrs if nfr.limit.unit == "ms" and nfr.matches(row)]


def _moments(view: View, begin: float) -> list[list[Any]]:
    """(s from the first user, what happened): parts that were cut off and given back."""
    phases = [phase for phase in view.result.info.phases if not phase.judged and phase.part not in ("", "settle")]
    return [[phase.start - begin, phase.name] for phase in phases]
