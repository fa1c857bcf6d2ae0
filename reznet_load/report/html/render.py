"""Renders HTML pages of judged runs: each page is one file that works offline."""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError

from reznet_load.core.errors import ConfigError
from reznet_load.core.measured.named_row import PROBE
from reznet_load.core.rows import named
from reznet_load.core.system.resources import resource
from reznet_load.report.html.page import TEMPLATE, Page, capacity_page, run_page
from reznet_load.report.html.panels import shown
from reznet_load.report.view import view_of
from reznet_load.result.assemble import AssembledRun
from reznet_load.result.timeline import Timeline, timeline


def timeline_of(run: AssembledRun) -> Timeline | None:
    """The time line of the rows that a page shows: timed rows of users, and rows of probes that a requirement judges.

    None if the run has no samples.
    """
    judged = {verdict.row for verdict in run.result.verdicts}
    keys = [key for key, one in run.series.items() if one.unit == "ms" and _shown(key, judged)]
    return timeline(run.result.info, run.series, tuple(keys), *shown())


def _shown(key: str, judged: set[str]) -> bool:
    row = named(key)
    return row.is_operation or (row.kind == PROBE and key in judged)


def render_page(run: AssembledRun, overlay: str = "") -> str:
    """The text of `report.html`. Raises ConfigError if a template uses an unknown name."""
    return written(run_page(view_of(run), timeline_of(run)), overlay)


def render_capacity_page(run: AssembledRun, overlay: str = "") -> str:
    """The text of `capacity.html` of a search. Raises ConfigError as `render_page` does."""
    return written(capacity_page(view_of(run)), overlay)


def written(page: Page, overlay: str = "") -> str:
    """The text of `page`. Every value is escaped, because names and errors come from the backend.

    Raises ConfigError if a template uses an unknown name.
    """
    folders = [*([overlay] if overlay else []), str(resource("templates"))]
    templates = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=True,
    )
    try:
        return templates.get_template(TEMPLATE).render(page.all_names)
    except TemplateError as error:
        raise ConfigError(f"template {TEMPLATE}: {error}") from None
