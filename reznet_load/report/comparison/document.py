"""Writes a comparison of two runs as JSON and as Markdown."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.units import format_value
from reznet_load.history.regress import words
from reznet_load.report.comparison.compare import SEARCH, Comparison, Pair, Value

TEMPLATE = "comparison.md.j2"


def as_json(found: Comparison) -> dict[str, Any]:
    """The comparison as an object for JSON."""
    return {"exit_code": found.exit_code} | asdict(found)


def as_markdown(found: Comparison, overlay: str = "") -> str:
    """The comparison as Markdown. Raises ConfigError if the template uses an unknown name.

    overlay   a folder whose templates replace shipped ones
    """
    from jinja2 import TemplateError

    from reznet_load.report.render import environment

    try:
        return (
            environment(overlay)
            .get_template(TEMPLATE)
            .render(asdict(found) | {"tables": _tables(found), "searched": searched(found)})
        )
    except TemplateError as error:
        raise ConfigError(f"template {TEMPLATE}: {error}") from None


def searched(found: Comparison) -> bool:
    """Are both runs searches, which are compared by their results?"""
    return any(pair.statistic == SEARCH for pair in found.requirements)


def _tables(found: Comparison) -> dict[str, list[dict[str, str]]]:
    if searched(found):
        return {"Answers": pair_lines(found.requirements)}
    return {"Requirements": pair_lines(found.requirements), "Rows": pair_lines(found.rows)}


def pair_lines(pairs: tuple[Pair, ...]) -> list[dict[str, str]]:
    """Lines of a table of pairs, with formatted values."""
    return [
        {
            "name": pair.name,
            "statistic": pair.statistic,
            "a": _written(pair.a, pair.unit),
            "b": _written(pair.b, pair.unit),
            "sign": pair.sign or "-",
            "test": pair.test,
            "change": "-" if pair.a.value is None or pair.b.value is None else _change(pair),
            "p": "-" if pair.p is None else "< 0.001" if pair.p < 0.001 else f"{pair.p:.3f}",
        }
        for pair in pairs
    ]


def _change(pair: Pair) -> str:
    return "+0.0 %" if pair.a.value == pair.b.value else words(pair.percent)


def _written(value: Value, unit: str) -> str:
    if value.value is None:
        return "-"
    text = format_value(value.value, unit)
    if value.low is None or value.high is None:
        return text
    return f"{text} ({format_value(value.low, unit)} to {format_value(value.high, unit)})"
