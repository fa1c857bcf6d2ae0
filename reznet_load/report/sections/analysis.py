"""Sentences about this run's numbers, section by section; each is there only where its data are."""

from __future__ import annotations

from reznet_load.core.measurement import STATISTICS, Row
from reznet_load.core.nfr import Nfr
from reznet_load.core.units import format_value
from reznet_load.report.sections import costs, query_plans, server_findings
from reznet_load.report.sections import streaming as stream
from reznet_load.report.view import View, ms, sentence

_TAIL = 3.0  # p99 this many times the median is a tail worth a look
_NOTICED = 0.1  # of the limit: a tail below it is nobody's concern


def margin(view: View, nfr: str) -> list[str]:
    """How much of its limit a value uses, and in which phase where the run judged several."""
    verdict, asked = view.verdict(nfr), _nfr(view, nfr)
    if verdict is None or verdict.value is None or asked is None or asked.limit.value <= 0:
        return []
    where = f" in {verdict.phase}" if verdict.phase and len(view.judged_phases) > 1 else ""
    value = format_value(verdict.value, verdict.unit)
    share = 100 * verdict.value / asked.limit.value
    text = f"{verdict.row}{where}: {STATISTICS[asked.statistic].label} {value} is {share:.0f} % of the limit"
    if verdict.reason and not verdict.reason.startswith("void:"):  # of the whole run: its head says so, once
        text += f"; {verdict.reason}"
    return [sentence(text)]


def tail(row: Row | None, limit: float) -> list[str]:
    """A long tail, where there is one that comes near `limit`, in the row's unit."""
    if row is None or not row.p50 or row.p99 is None or row.p99 < max(_TAIL * row.p50, _NOTICED * limit):
        return []
    return [f"{row.key} has a long tail: p99 {ms(row.p99)} is {row.p99 / row.p50:.1f} times its median."]


def failures(rows: list[Row]) -> list[str]:
    """Each kind of failure with its count."""
    return [f"{row.key}: {count} × {text}." for row in rows for text, count in row.errors.items()]


def _nfr(view: View, id: str) -> Nfr | None:
    return next((one for one in view.requirements.nfrs if one.id == id), None)


def _limit(view: View, nfr: str) -> float:
    asked = _nfr(view, nfr)
    return asked.limit.value if asked else 0.0


def _unmeasured(view: View, *ids: str) -> list[str]:
    found = [verdict for id in ids if (verdict := view.verdict(id)) and verdict.outcome == "pending"]
    return [sentence(f"{verdict.title}: {verdict.reason}") for verdict in found]


def agents(view: View) -> list[str]:
    """Section 1."""
    whole, first = view.row("CHAT agent turn"), view.row("CHAT first token")
    limit = _limit(view, "agent_response_p95")
    found = margin(view, "agent_response_p95") + tail(whole, limit)
    if whole and first and whole.mean and first.mean:
        share = 100 * first.mean / whole.mean
        found.append(f"Waiting for the first token is {share:.0f} % of a whole reply; the rest is streaming.")
    if whole and whole.cut_off:
        found.append(f"{whole.cut_off} replies were still streaming when the run ended and count as neither.")
    return found + failures([whole] if whole else []) or _unmeasured(view, "agent_response_p95")


def database(view: View) -> list[str]:
    """Section 2."""
    found = _unmeasured(view, "db_query_p95") + margin(view, "db_query_p95")
    found += query_plans.sentences(view) + server_findings.database(view)
    page = view.row("GET /api/channels/{id}/messages")
    if page and page.p95 is not None:
        text = (
            f"From outside, a message page (the call that reads most from PostgreSQL) took {ms(page.p50)} at the median "
            f"and {ms(page.p95)} at p95, network and application included"
        )
        if view.row("PROBE message page query"):  # reznet_load/probes/postgres.py, reznet_load/users/rest.py
            text += "; users open any channel, the probe's query the one with the most messages: the two do not compare"
        found.append(f"{text}.")
    return found


def first_byte(view: View) -> list[str]:
    """Section 3."""
    row = view.row("CHAT first token")
    found = margin(view, "ttfb_mean")
    if row and row.p95 is not None:
        found.append(f"Seen by agent users: p95 {ms(row.p95)} beside a mean of {ms(row.mean)}, {row.count} replies.")
    provider = view.result.info.notes.get("provider", "")
    if provider:
        found.append(f"Provider behind the backend: {provider}.")
    found += server_findings.first_byte(view) + costs.sentences(view)
    return found or _unmeasured(view, "ttfb_mean")


def cache(view: View) -> list[str]:
    """Section 4."""
    listed, page = view.row("GET /api/agents"), view.row("GET /api/channels/{id}/messages")
    found = _unmeasured(view, "cache_hit_rate") + server_findings.redis(view)
    if listed and page and listed.p50 and page.p50:
        found.append(
            f"The cached agent list answers in {ms(listed.p50)} at the median, the uncached message page in {ms(page.p50)}."
        )
    return found


def endpoints(view: View) -> list[str]:
    """Section 5."""
    rows = [row for row in view.users_rows() if not row.key.startswith("CHAT") and row.p95 is not None]
    found = margin(view, "api_p50") + margin(view, "api_p95")
    if len(rows) > 1:
        slow, fast = max(rows, key=lambda row: row.p95 or 0), min(rows, key=lambda row: row.p95 or 0)
        found.append(f"Slowest at p95 is {slow.key} with {ms(slow.p95)}, fastest {fast.key} with {ms(fast.p95)}.")
        for row in rows:
            found += tail(row, _limit(view, "api_p95"))
    return found + failures(rows) or _unmeasured(view, "api_p50", "api_p95")


def load(view: View) -> list[str]:
    """Section 6."""
    found = [sentence(v.reason) for id in ("concurrent_users", "error_rate") if (v := view.verdict(id)) and v.reason]
    found += margin(view, "websocket_latency_p95")
    cpu, lag = view.row("GAUGE generator cpu"), view.row("GAUGE loop lag")
    if cpu and lag and cpu.mean is not None:
        text = f"The generator used {cpu.mean:.0f} % of a core and its loop was {ms(lag.p99)} late at p99"
        added = view.row("GAUGE calibration error")
        found.append(f"{text}; it added {ms(added.p95)} to a known answer at p95." if added else f"{text}.")
    found += failures([row for row in view.users_rows() if row.key.startswith("CHAT")])
    return found


def streaming(view: View) -> list[str]:
    """Section 7."""
    gap, chunks = view.row("CHAT chunk gap"), view.row("COUNT reply chunks")
    found = margin(view, "inter_chunk_mean")
    if gap and chunks and chunks.mean:
        found.append(f"A reply has {chunks.mean:.0f} chunks on average; 95 % of the gaps are below {ms(gap.p95)}.")
    wire, plain = view.row("GAUGE wire bytes"), view.row("GAUGE plain bytes")
    if wire and plain and wire.mean and plain.mean:
        saved = 100 * (1 - wire.mean / plain.mean)
        found.append(f"Compression saved {saved:.0f} % of the bytes on the wire ({plain.mean / 1000:.1f} kB/s plain).")
    found += stream.gaps(view)
    return found or _unmeasured(view, "inter_chunk_mean")
