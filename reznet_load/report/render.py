"""Renders the documents of a run folder. The same files give the same text, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError

from reznet_load.core.errors import ConfigError
from reznet_load.core.system.resources import resource
from reznet_load.core.text.foreign_text import OwnMarkdown, defused
from reznet_load.report import capacity_document, first_screen
from reznet_load.report.chat import document as chat
from reznet_load.report.document import DETAILS, SECTIONS
from reznet_load.report.html.pictures import as_files
from reznet_load.report.html.render import timeline_of
from reznet_load.report.parts import glossary
from reznet_load.report.parts.tight import tight
from reznet_load.report.sections import header
from reznet_load.report.view import view_of
from reznet_load.result.assemble import AssembledRun

_GLOSSARY = "(the glossary)"  # stands for the glossary until the terms of the document are known
TEMPLATE, DETAILS_TEMPLATE = "results.md.j2", "details.md.j2"


def environment(overlay: str = "") -> Environment:
    """The templates; those in the folder `overlay` replace shipped ones."""
    folders = [Path(overlay)] if overlay else []
    loaders = [FileSystemLoader(folder) for folder in [*folders, resource("templates")]]
    made = Environment(
        loader=ChoiceLoader(loaders),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        finalize=defused,
    )
    made.filters["join"] = _joined
    return made


def _joined(items: Iterable[Any], between: str = "") -> OwnMarkdown:
    """Jinja's `join`. `between` comes from the template and is not escaped, so that cells of a table can be joined."""
    return OwnMarkdown(between.join(str(defused(item)) for item in items))


def check_templates(overlay: str = "") -> None:
    """Compile all templates, so that errors show before the first user. Raises ConfigError with file and line."""
    if overlay and not Path(overlay).is_dir():
        raise ConfigError(f"--templates {overlay}: no such folder; expected Jinja templates named as the shipped ones")
    found = environment(overlay)
    for name in found.list_templates():
        try:
            found.get_template(name)
        except TemplateSyntaxError as error:
            raise ConfigError(f"template {error.filename or name}, line {error.lineno}: {error.message}") from None
        except (TemplateError, UnicodeDecodeError) as error:
            raise ConfigError(f"template {name}: {error}") from None


def render(run: AssembledRun, overlay: str = "") -> str:
    """The results document of `run`. Raises ConfigError if a template uses an unknown name."""
    view = view_of(run)
    view = replace(view, pictures=as_files(view, timeline_of(run)))
    templates = environment(overlay)
    if run.result.info.deployment.is_reznet:
        places = {name: f"sections/{name}" for name in SECTIONS}
        sections = SECTIONS
        template = TEMPLATE
    else:
        places = {name: f"{'sections' if name in chat.SHARED else chat.FOLDER}/{name}" for name in chat.SECTIONS}
        sections = chat.SECTIONS
        template = chat.TEMPLATE
    parts = {name: _section(templates, f"{places[name]}.md.j2", names(view)) for name, names in sections.items()}
    names = parts | {"info": run.result.info, "result": run.result, "glossary": _GLOSSARY}
    text, terms = glossary.linked(tight(rendered(templates, template, names)))
    return text.replace(_GLOSSARY, glossary.section(terms)).rstrip() + "\n"


def render_details(run: AssembledRun, overlay: str = "") -> str:
    """`DETAILS.md` of `run`, for looking things up. Raises ConfigError as `render` does."""
    view, templates = view_of(run), environment(overlay)
    sections = DETAILS if run.result.info.deployment.is_reznet else chat.DETAILS
    parts = dict.fromkeys(DETAILS, "")
    parts |= {name: _section(templates, f"details/{name}.md.j2", names(view)) for name, names in sections.items()}
    return tight(rendered(templates, DETAILS_TEMPLATE, parts | {"info": run.result.info})).rstrip() + "\n"


def render_capacity(run: AssembledRun, overlay: str = "") -> str:
    """The document of a search for the capacity. Raises ConfigError as `render` does."""
    names = capacity_document.names(run.result, run.requirements)
    names |= header.names(view_of(run))
    return rendered(environment(overlay), capacity_document.TEMPLATE, names).rstrip() + "\n"


def render_summary(run: AssembledRun, overlay: str = "") -> str:
    """`SUMMARY.md` of `run`: the first screen, short enough for a comment. Raises ConfigError as `render` does."""
    names = first_screen.names(view_of(run))
    return first_screen.shortened(rendered(environment(overlay), first_screen.TEMPLATE, names))


def _section(templates: Environment, template: str, names: dict[str, Any]) -> str:
    """The text of a section without line ends at its end, because the document's template writes them."""
    return OwnMarkdown(rendered(templates, template, names).rstrip("\n"))


def rendered(templates: Environment, template: str, names: dict[str, Any]) -> str:
    """The text of `template`. Raises ConfigError if the template uses an unknown name."""
    try:
        return templates.get_template(template).render(names)
    except TemplateError as error:
        raise ConfigError(f"template {template}: {error}") from None
