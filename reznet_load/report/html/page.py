"""The pages: the sections of each page in order, and the values for their frame."""

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
    """The values for `page.html.j2`.

    about   a line below the heading
    parts   names of the templates of the sections in `page/parts`, in order
    names   the values for these templates
    data    what the script draws; if empty, the page has no script
    """

    title: str
    heading: str
    about: str
    parts: tuple[str, ...]
    names: dict[str, Any]
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def all_names(self) -> dict[str, Any]:
        """The values for the frame and for all sections."""
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
    """The page `report.html`; without a time line it has no charts over time."""
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
    """The page `capacity.html` of a search for the capacity."""
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
    """`data` as JSON for a script element: `<` and `&` are escaped, so that no text can end the element."""
    text = json.dumps(_short(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return (
        text.replace("<", "\\u003c").replace("&", "\\u0026").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    )


def _short(data: Any) -> Any:
    """`data` with whole floats as integers, because a run has thousands of `0.0`, which take three bytes each."""
    if isinstance(data, float):
        return int(data) if data.is_integer() else round(data, 3)
    if isinstance(data, dict):
        return {name: _short(value) for name, value in data.items()}
    return [_short(value) for value in data] if isinstance(data, list | tuple) else data
