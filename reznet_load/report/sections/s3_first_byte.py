"""Section 3: the first byte of each provider alone and over simulated networks, and the first token that users see."""

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
from reznet_load.core.run import MARKS
from reznet_load.core.settings.networks import NETWORKS, on_network
from reznet_load.core.settings.settings import PROVIDERS
from reznet_load.core.units import format_value
from reznet_load.report.lines import status
from reznet_load.report.parts.blocks import block
from reznet_load.report.parts.provider_rows import asked
from reznet_load.report.parts.sentences import action, margin, target, unmeasured, where_time_went
from reznet_load.report.parts.server_facts import facts
from reznet_load.report.sections import s3_costs
from reznet_load.report.view import View, ms

_NFR = "ttfb_mean"
_ALL = 99.5  # percent that are written as 100 %: no rest is left
_BLOCKS = (
    ("Agent users, through the backend", FIRST_TOKEN.key),
    ("Anthropic Claude", PROVIDER_FIRST_BYTE.of("anthropic").key),
    ("OpenAI", PROVIDER_FIRST_BYTE.of("openai").key),
)
_PARTS = {
    "First byte": PROVIDER_FIRST_BYTE,
    "First text": PROVIDER_FIRST_TEXT,
    "Gap between chunks": PROVIDER_GAP,
    "Whole reply": PROVIDER_REPLY,
}


def names(view: View) -> dict[str, Any]:
    """Of `s3_first_byte.md.j2`, those of `s3_costs.md.j2` among them."""
    return s3_costs.names(view) | {
        "target": target(view, _NFR),
        "status": status(view, _NFR),
        "blocks": [(title, block(view, key) | {"of": _of(view, key)}) for title, key in _BLOCKS],
        "waits": _waits(view),
        "providers": asked(view),
        "side_by_side": _side_by_side(view),
        "networks": _over_networks(view),
        "analysis": analysis(view),
        "actions": _actions(view),
    }


def analysis(view: View) -> list[str]:
    """Sentences about this run's first tokens and bytes, and what they cost."""
    row = view.row(FIRST_TOKEN.key)
    found = margin(view, _NFR) + where_time_went(view, _NFR)
    if row and row.p95 is not None and not asked(view):  # else the table has it
        found.append(f"Seen by agent users: p95 {ms(row.p95)} and a mean of {ms(row.mean)}, {row.count} replies.")
    found += ([] if where_time_went(view, _NFR) else _each_alone(view)) + s3_costs.sentences(view)
    return found or unmeasured(view, _NFR)


def _of(view: View, key: str) -> str:
    """What a mean is of, where it was measured: a provider's first byte has no text yet."""
    found = view.row(key)
    if found is None or found.mean is None:
        return ""
    return " to the first text" if key == FIRST_TOKEN.key else " to the first byte"


def _waits(view: View) -> list[dict[str, str]]:
    """A line for users and for each provider asked alone; none without such a provider."""
    users, cold, found = view.row(FIRST_TOKEN.key), facts(view, "providers", "before"), []
    for name in PROVIDERS:
        text, byte = view.row(PROVIDER_FIRST_TEXT.of(name).key), view.row(PROVIDER_FIRST_BYTE.of(name).key)
        if text and byte and text.mean is not None and byte.mean is not None:
            used = view.result.info.deployment.uses(name) or not view.result.info.deployment.provider
            first = cold.get(name, {}).get("cold_first_byte_ms")
            who = f"{name}, asked alone{'' if used else ' (not used by this backend)'}"
            found.append(
                {"who": who, "n": str(text.count), "byte": ms(byte.mean), "text": ms(text.mean), "cold": ms(first)}
            )
    if found and users and users.mean is not None:
        line = {"who": "agent users, through the backend", "n": str(users.count), "byte": "-", "text": ms(users.mean)}
        found.insert(0, line | {"cold": "-"})
    return found


def _each_alone(view: View) -> list[str]:
    """Which part of the users' wait is the provider's."""
    found, users = [], view.row(FIRST_TOKEN.key)
    for name in PROVIDERS:
        text = view.row(PROVIDER_FIRST_TEXT.of(name).key)
        if text and text.mean is not None and users and users.mean and view.result.info.deployment.uses(name):
            share = min(100.0, 100 * text.mean / users.mean)
            rest = ", the rest the backend's" if share < _ALL else ""
            found.append(
                f"About {share:.0f} % of the users' wait for the first token is the provider's ({name} alone){rest}."
            )
    return found


def _side_by_side(view: View) -> list[dict[str, Any]]:
    """A line a figure, with a cell for each provider of `asked`."""
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
    return f"{MARKS['warning']}: n = {count}, {floor} are the least; the agents' first tokens decide"


def _over_networks(view: View) -> list[dict[str, str]]:
    """A line for each provider on each simulated network, the way as it is first."""
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


def _actions(view: View) -> list[str]:
    compared, networks = asked(view), _networks_tried(view)
    only = f" (only {compared[0]} was asked)" if len(compared) == 1 else ""
    how = f" (simulated: {networks})" if networks else ": make load ARGS='--network all'"
    return [
        action(view.row(FIRST_TOKEN.key) is not None, "Time the first token that users see"),
        action(len(compared) > 1, f"Time each provider alone and compare them{only}"),
        action(bool(networks), f"Test from different network conditions{how}"),
    ]


def _networks_tried(view: View) -> str:
    """The simulated networks that gave an answer, by commas; empty where none did."""
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
