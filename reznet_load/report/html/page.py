"""The pages: which sections each has, in their order, and what the frame around them names."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from reznet_load.core.system.resources import resource
from reznet_load.report.capacity_document import names as capacity_names
from reznet_load.report.html.parts import history_part, outcome_part, rows_part, timeline_part
from reznet_load.report.sections import header
from reznet_load.report.view import View
from reznet_load.result.timeline import Timeline

TEMPLATE = "page/page.html.j2"
FILE, CAPACITY_FILE, COMPARISON_FILE = "report.html", "capacity.html", "comparison.html"


@dataclass(frozen=True, slots=True)
class Page:
    """What `page.html.j2` writes around its sections.

    about   a line below the heading      parts   names of the sections' templates in `page/parts`, in their order
    names   what those name               data    what the script draws; without any the page has no script
    """

    title: str
    heading: str
    about: str
    parts: tuple[str, ...]
    names: dict[str, Any]
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def all_names(self) -> dict[str, Any]:
        """Of the frame and of all sections."""
        style = _file("style.css")
        return {
            "title": self.title,
            "heading": self.heading,
            "about": self.about,
            "parts": self.parts,
            "data": Markup(_json(self.data)) if self.data else "",
            "style": Markup(style + _file("vendor/uPlot.min.css") if self.data else style),
            "script": Markup(_file("vendor/uPlot.iife.min.js") + "\n" + _file("page.js")) if self.data else "",
        } | self.names


def run_page(view: View, timeline: Timeline | None) -> Page:
    """`report.html`."""
    result, info = view.result, view.result.info
    names = outcome_part.names(view) | rows_part.names(view, timeline) | history_part.names(view)
    parts = ["outcome", *(["timeline"] if timeline else []), "rows"]
    parts += ["steps"] if len(result.steps) > 1 else []
    parts += ["beyond"] if result.behaviour else []
    parts += ["time"] if result.findings else []
    parts += ["history"] if names["history"] else []
    parts += ["cautions"] if names["cautions"] else []
    heading = f"{info.scenario}, {info.users} users"
    return Page(
        f"{heading}: {result.outcome} ({info.id})",
        heading,
        _about(view),
        (*parts, "details"),
        names | {"info": info, "result": result} | (timeline_part.names(view, timeline) if timeline else {}),
        timeline_part.data(view, timeline) if timeline else {},
    )


def capacity_page(view: View) -> Page:
    """`capacity.html`: of a run that searched for its capacity."""
    result, info = view.result, view.result.info
    names = outcome_part.names(view) | rows_part.names(view, None) | history_part.names(view)
    names |= {
        "capacity": capacity_names(result, view.requirements) | header.names(view),
        "info": info,
        "result": result,
    }
    parts = ["capacity", "steps", "limits", *(["history"] if names["history"] else [])]
    parts += ["cautions"] if names["cautions"] else []
    heading = f"Capacity of {info.target}"
    title = f"{heading}: {result.outcome} ({info.id})"
    return Page(title, heading, _about(view), (*parts, "details"), names)


def _about(view: View) -> str:
    info = view.result.info
    dialect = f", dialect {info.deployment.dialect}" if info.deployment.dialect else ""
    return f"{info.target} at {info.host}{dialect} · {info.started} · run {info.id}"


def _file(name: str) -> str:
    return (resource("templates") / "page" / name).read_text(encoding="utf-8")


def _json(data: Any) -> str:
    """JSON that may stand in a script element: `<` and `&` are escaped, so that nothing in it ends the element."""
    text = json.dumps(_short(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return (
        text.replace("<", "\\u003c").replace("&", "\\u0026").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    )


def _short(data: Any) -> Any:
    """`data` with whole numbers written as such: `0.0` is three bytes, of which a run has thousands."""
    if isinstance(data, float):
        return int(data) if data.is_integer() else round(data, 3)
    if isinstance(data, dict):
        return {name: _short(value) for name, value in data.items()}
    return [_short(value) for value in data] if isinstance(data, list | tuple) else data
