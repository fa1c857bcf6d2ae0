"""The providers beside each other, and over simulated networks: the tables of section 3."""

from __future__ import annotations

from typing import Any

from reznet_load.core.measurement import STATISTICS, Row
from reznet_load.core.nfr import NEEDS
from reznet_load.core.run import MARKS
from reznet_load.core.settings.networks import MARK, NETWORKS
from reznet_load.core.settings.settings import PROVIDERS
from reznet_load.core.units import format_value
from reznet_load.report.sections.server_findings import facts
from reznet_load.report.view import View, ms

_PARTS = {"First byte": "first byte", "First text": "first text", "Gap between chunks": "gap", "Whole reply": "reply"}


def asked(view: View) -> list[str]:
    """The providers that were asked alone."""
    return [name for name in PROVIDERS if name in facts(view, "providers", "before")]


def missing(view: View, key: str) -> str:
    """Why `key` is not there, a row of a provider asked alone; empty for other rows."""
    info = view.result.info
    if not key.startswith(tuple(f"PROBE {name} " for name in PROVIDERS)):
        return ""
    if info.scenario == "capacity":
        return "providers are not asked alone during a search"
    return "not asked alone in this run" if asked(view) else info.lacks.get("providers", NEEDS["providers"])


def side_by_side(view: View) -> list[dict[str, Any]]:
    """A line a figure, with a cell for each provider of `asked`."""
    names = asked(view)

    def line(label: str, cell: Any) -> dict[str, Any]:
        return {"label": label, "cells": [cell(name) for name in names]}

    if not names:
        return []
    return [
        line("Model", lambda name: _model(facts(view, "providers", "before")[name])),
        line("Questions in the judged phase", lambda name: _questions(view.row(f"PROBE {name} first byte"))),
        *(line(f"{label}: average, min, median, max", lambda name, part=part: _four(view.row(f"PROBE {name} {part}")))
          for label, part in _PARTS.items()),
        line("First request, cold connection: first byte, whole", lambda name: _cold(facts(view, "providers", "before")[name])),
        line("Tokens in, out (whole run)", lambda name: _tokens(facts(view, "providers").get(name, {}))),
        line("Failed, by name", lambda name: _failures(view.row(f"PROBE {name} first byte"))),
        line("Proof", lambda name: _proof(view.row(f"PROBE {name} first byte"))),
    ]  # fmt: skip


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
    floor = STATISTICS["mean"].floor
    count = row.count if row else 0
    if count >= floor:
        return f"n = {count}: judged"
    return f"{MARKS['warning']}: n = {count}, {floor} are the least; the agents' first tokens decide"


def over_networks(view: View) -> list[dict[str, str]]:
    """A line for each provider on each simulated network, the way as it is first."""
    found = []
    for name in asked(view):
        over = facts(view, "providers").get(name, {}).get("networks", {})
        if not over:
            continue
        found.append(_line(view, name, "as it is", "", facts(view, "providers", "before")[name]))
        for network in NETWORKS:
            if network in over:
                label = f"{MARK} {network}: {NETWORKS[network].text}"
                found.append(_line(view, name, label, f", {MARK} {network}", over[network]))
    return found


def items(view: View) -> list[tuple[bool, str]]:
    """Action items: whether they are done, and what."""
    compared, networks = asked(view), _networks_tried(view)
    only = f" (only {compared[0]} was asked)" if len(compared) == 1 else ""
    how = f" (simulated: {networks})" if networks else ": --network all"
    return [
        (len(compared) > 1, f"Time each provider alone and compare them{only}"),
        (bool(networks), f"Test from different network conditions{how}"),
    ]


def _networks_tried(view: View) -> str:
    """The simulated networks that gave an answer, by commas; empty where none did."""
    tried = {
        network
        for network in NETWORKS
        for name in PROVIDERS
        if (row := view.row(f"PROBE {name} first byte, {MARK} {network}")) and row.count
    }
    return ", ".join(network for network in NETWORKS if network in tried)


def _line(view: View, name: str, label: str, suffix: str, found: dict[str, Any]) -> dict[str, str]:
    rows = {part: view.row(f"PROBE {name} {part}{suffix}") for part in ("first byte", "first text", "reply")}
    byte = rows["first byte"]
    means = {part.replace(" ", "_"): ms(row.mean if row else None) for part, row in rows.items()}
    return means | {
        "network": label, "provider": name, "n": str(byte.count if byte else 0), "failed": _failures(byte), "cold": _cold(found)
    }  # fmt: skip
