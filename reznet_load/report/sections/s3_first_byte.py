"""Section 3: the first byte of each provider, asked directly and over simulated networks, and the users' first token."""

from __future__ import annotations

from typing import Any

from reznet_load.core.measured.measurement import Row
from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.rows import (
    FIRST_TOKEN,
    PROVIDER_FIRST_BYTE,
    PROVIDER_FIRST_TEXT,
    PROVIDER_GAP,
    PROVIDER_REPLY,
    under,
)
from reznet_load.core.run import MARKS, SUITE
from reznet_load.core.settings.networks import NETWORKS, on_network
from reznet_load.core.settings.settings import PROVIDERS
from reznet_load.core.units import format_value
from reznet_load.report.lines import status
from reznet_load.report.parts.blocks import block
from reznet_load.report.parts.provider_rows import asked
from reznet_load.report.parts.sentences import ActionItems, action_items, margin, target, unmeasured, where_time_went
from reznet_load.report.parts.server_facts import facts
from reznet_load.report.sections import s3_costs
from reznet_load.report.view import View, ms

_NFR = "ttfb_mean"
_ALL = 99.5  # from this percentage on a share is written as 100 %
_BLOCKS = (
    ("Agent users, through the backend", FIRST_TOKEN.key),
    ("Anthropic Claude", PROVIDER_FIRST_BYTE.of("anthropic").key),
    ("OpenAI", PROVIDER_FIRST_BYTE.of("openai").key),
)
_PROVIDERS = {PROVIDER_FIRST_BYTE.of(name).key: name for name in PROVIDERS}
_PARTS = {
    "First byte": PROVIDER_FIRST_BYTE,
    "First text": PROVIDER_FIRST_TEXT,
    "Gap between chunks": PROVIDER_GAP,
    "Whole reply": PROVIDER_REPLY,
}


def names(view: View) -> dict[str, Any]:
    """The values for the templates `s3_first_byte.md.j2` and `s3_costs.md.j2`."""
    return s3_costs.names(view) | {
        "target": target(view, _NFR),
        "status": status(view, _NFR),
        "blocks": [(title, block(view, key) | _about(view, key)) for title, key in _BLOCKS],
        "providers": asked(view),
        "side_by_side": _side_by_side(view),
        "networks": _over_networks(view),
        "analysis": analysis(view),
        "actions": _actions(view),
    }


def analysis(view: View) -> list[str]:
    """Sentences on the first tokens and first bytes of this run, and on costs."""
    row = view.row(FIRST_TOKEN.key)
    found = margin(view, _NFR) + where_time_went(view, _NFR)
    if (
        row and row.p95 is not None and view.result.info.scenario == SUITE
    ):  # for a load the table of section 6 has this row
        found.append(f"Of {row.count} replies to agent users, 95 % had their first text within {ms(row.p95)}.")
    found += ([] if where_time_went(view, _NFR) else _each_alone(view)) + s3_costs.sentences(view)
    return found or unmeasured(view, _NFR)


def _about(view: View, key: str) -> dict[str, str]:
    """The text next to the times of a block.

    of           what was timed
    first_text   a provider's mean to the first text; "" for users, whose block times the first text, and if it is not known
    note         that the backend does not use this provider; "" if it does
    """
    found, provider = view.row(key), _PROVIDERS.get(key, "")
    if found is None or found.mean is None:
        return {"of": "", "first_text": "", "note": ""}
    if not provider:
        return {"of": " to the first text", "first_text": "", "note": ""}
    facts_of, text = view.result.info.deployment, view.row(PROVIDER_FIRST_TEXT.of(provider).key)
    to_text = ms(text.mean) if text and text.mean is not None else ""
    used = facts_of.uses(provider) or not facts_of.provider
    note = "" if used else ", which this backend does not use"
    return {"of": " to the first event", "first_text": to_text, "note": note}


def _each_alone(view: View) -> list[str]:
    """Sentences on the share of the provider in the time that users wait."""
    found, users = [], view.row(FIRST_TOKEN.key)
    for name in PROVIDERS:
        text = view.row(PROVIDER_FIRST_TEXT.of(name).key)
        if text and text.mean is not None and users and users.mean and view.result.info.deployment.uses(name):
            share = min(100.0, 100 * text.mean / users.mean)
            rest = ", the backend the rest" if share < _ALL else ""
            found.append(
                f"The provider ({name}, asked directly) takes about {share:.0f} % of the users' wait for the first text{rest}."
            )
    return found


def _side_by_side(view: View) -> list[dict[str, Any]]:
    """A line for each figure, with a cell for each provider of `asked`."""
    names = asked(view)

    def line(label: str, cell: Any) -> dict[str, Any]:
        return {"label": label, "cells": [cell(name) for name in names]}

    if not names:
        return []
    return [
        line("Model", lambda name: _model(facts(view, "providers", "before")[name])),
        line("Questions in the judged phase", lambda name: _questions(view.row(PROVIDER_FIRST_BYTE.of(name).key))),
        *(
            line(f"{label}: average, min, median, max", lambda name, part=part: _four(view.row(part.of(name).key)))
            for label, part in _PARTS.items()
        ),
        line(
            "First request, cold connection: first byte, whole",
            lambda name: _cold(facts(view, "providers", "before")[name]),
        ),
        line("Tokens in, out (whole run)", lambda name: _tokens(facts(view, "providers").get(name, {}))),
        line("Failed, by name", lambda name: _failures(view.row(PROVIDER_FIRST_BYTE.of(name).key))),
        line("Proof", lambda name: _proof(view.row(PROVIDER_FIRST_BYTE.of(name).key))),
    ]


def _model(found: dict[str, Any]) -> str:
    return f"`{found.get('model', '-')}`" + (" (simulated)" if found.get("simulated") else " (real key)")


def _questions(row: Row | None) -> str:
    return f"{row.total}, {row.failures} failed" if row else "none"


def _four(row: Row | None) -> str:
    if row is None or row.mean is None:
        return "-"
    return ", ".join(ms(value) for value in (row.mean, row.minimum, row.p50, row.maximum))


def _cold(found: dict[str, Any]) -> str:
    if "cold_failed" in found:
        return f"failed: {found['cold_failed']}"
    return f"{ms(found.get('cold_first_byte_ms'))}, {ms(found.get('cold_total_ms'))}"


def _tokens(found: dict[str, Any]) -> str:
    counts = (found.get("tokens_in"), found.get("tokens_out"))
    text = ", ".join(format_value(count, "count") for count in counts)
    return text + (f" for {found['asked']} questions" if "asked" in found else "")


def _failures(row: Row | None) -> str:
    if row is None:
        return "-"
    return "; ".join(f"{count} × {text}" for text, count in row.errors.items()) or "none"


def _proof(row: Row | None) -> str:
    floor = statistic_of("mean").floor
    count = row.count if row else 0
    if count >= floor:
        return f"n = {count}: judged"
    return f"{MARKS['warning']}: n = {count}, but a proof needs {floor}. The agents' first tokens decide."


def _over_networks(view: View) -> list[dict[str, str]]:
    """A line for each provider on each network; the real network comes first."""
    found = []
    for name in asked(view):
        over = facts(view, "providers").get(name, {}).get("networks", {})
        if not over:
            continue
        found.append(_line(view, name, "as it is", "", facts(view, "providers", "before")[name]))
        for network in NETWORKS:
            if network in over:
                label = f"{on_network(network)}: {NETWORKS[network].text}"
                found.append(_line(view, name, label, network, over[network]))
    return found


def _actions(view: View) -> ActionItems:
    compared, networks = asked(view), _networks_tried(view)
    only = f" (only {compared[0]} was asked)" if len(compared) == 1 else ""
    how = f" (simulated: {networks})" if networks else ": make load ARGS='--network all'"
    return action_items(
        (view.row(FIRST_TOKEN.key) is not None, "Time the first token that users see"),
        (len(compared) > 1, f"Time each provider directly, without the backend, and compare them{only}"),
        (bool(networks), f"Test from different network conditions{how}"),
    )


def _networks_tried(view: View) -> str:
    """The simulated networks on which a provider answered, separated by commas; "" if there are none."""
    tried = {
        network
        for network in NETWORKS
        for name in PROVIDERS
        if (row := view.row(under(PROVIDER_FIRST_BYTE.of(name), on_network(network)).key)) and row.count
    }
    return ", ".join(network for network in NETWORKS if network in tried)


def _line(view: View, name: str, label: str, network: str, found: dict[str, Any]) -> dict[str, str]:
    parts = {"first_byte": PROVIDER_FIRST_BYTE, "first_text": PROVIDER_FIRST_TEXT, "reply": PROVIDER_REPLY}
    rows = {part: view.row(under(family.of(name), on_network(network)).key) for part, family in parts.items()}
    byte = rows["first_byte"]
    means = {part: ms(row.mean if row else None) for part, row in rows.items()}
    return means | {
        "network": label,
        "provider": name,
        "n": str(byte.count if byte else 0),
        "failed": _failures(byte),
        "cold": _cold(found),
    }
