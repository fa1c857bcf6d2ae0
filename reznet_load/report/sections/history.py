"""The history in the document: this target's runs with their signs, and the evidence for the signs."""

from __future__ import annotations

from typing import Any

from reznet_load.core.rows import FIRST_TOKEN
from reznet_load.core.run import MARKS
from reznet_load.core.units import format_value
from reznet_load.history.comparable import comparable, invalid, like
from reznet_load.history.line import HistoryLine, HistoryValue
from reznet_load.history.metric import FIRST_RUNS, FULL_RUNS
from reznet_load.history.regress import against, words
from reznet_load.history.sought import CAPACITY, found_text
from reznet_load.history.store import line_of
from reznet_load.report.view import View, sentence
from reznet_load.result.context import SHOWN

_SHOWN = 12  # most earlier runs; DETAILS.md has the last 20
_TTFB = "ttfb_mean"
COLUMNS = ("agent_response_p95", "db_query_p95", _TTFB, "api_p50", "cache_hit_rate")
_FIRST = {"date": "2025-11-04", "values": ["-"] * len(COLUMNS), "notes": "Initial test suite created"}


def names(view: View) -> dict[str, Any]:
    """The values for the template `history.md.j2`."""
    return {"history": history(view)}


def history(view: View) -> dict[str, Any]:
    """The `lines` of the table, and the sentences below: the evidence (`rests_on`), `regressions`, the `pinned` run."""
    own = line_of(view.result)
    past = earlier(view)
    lines = past[-_SHOWN:]
    lines += [table_line(own)] if own.time else []
    return {
        "lines": [_FIRST, *lines],
        "more": max(0, len(past) - _SHOWN),
        "decided_elsewhere": any(line["decided_elsewhere"] for line in lines),
        "signs": any(sign in value for line in lines for value in line["values"] for sign in "▲▼~"),
        "rests_on": rests_on(view, own),
        "regressions": [
            {"mark": "❌" if one.fails else "⚠️", "text": one.text, "evidence": sentence(one.evidence)}
            for one in view.result.regressions
        ],
        "pinned": _pinned(view, own),
        "damaged": view.context.damaged,
    }


def earlier(view: View) -> list[dict[str, Any]]:
    """The lines of all earlier runs that the document knows, oldest first."""
    return [table_line(line) for line in view.context.history[-SHOWN:]]


def table_line(line: HistoryLine) -> dict[str, Any]:
    """The cells of a run in the table: date, values, notes."""
    commit = line.backend_commit
    return {
        "date": line.time[:16].replace("T", " "),
        "values": cells(line),
        "notes": f"{_what(line)}, {line.outcome}{f', backend {commit}' if commit else ''}",
        "decided_elsewhere": decided_elsewhere(line),
    }


def _what(line: HistoryLine) -> str:
    """Scenario and load: `load, 50 users`, or `stress to 200 users, judged at up to 100` if the peak was not judged."""
    if line.search:
        return f"{line.scenario}, {users(line)}"
    judged = line.judged or [line.users]
    if max(judged) >= line.users:
        return f"{line.scenario}, {format_value(line.users, 'users')}"
    up_to = "up to " if len(judged) > 1 else ""
    return f"{line.scenario} to {line.users} users, judged at {up_to}{max(judged)}"


def cells(line: HistoryLine) -> list[str]:
    """A cell for each of `COLUMNS`."""
    values = {name: line.value_of(name) for name in COLUMNS}
    if decided_elsewhere(line):
        values[_TTFB] = HistoryValue(line.first_token)
    return [cell(value) for value in values.values()]


def decided_elsewhere(line: HistoryLine) -> bool:
    """Was the first byte judged by another row, although the users' first token was measured?

    The column then still shows the users' first token. A provider's first byte takes about a hundredth of the time and is
    not comparable with it.
    """
    row = line.value_of(_TTFB).row
    return bool(row) and row != FIRST_TOKEN.key and line.first_token is not None


def users(line: HistoryLine) -> str:
    """The users of a run; for a search its result with mark and sign: `104 to 109 users ✅ ▼ -23.0 %`."""
    found = line.values.get(CAPACITY) if line.search else None
    return str(line.users) if found is None else " ".join(filter(None, (found_text(found), *_marks(found))))


def cell(value: HistoryValue) -> str:
    """A value with the mark of its verdict and its change against earlier runs: `1 310 ms ✅ ▲ +23.6 %`.

    `failed ❌` if there is no value because operations failed; this differs from "not measured".
    """
    if value.value is None:
        return "failed ❌" if value.outcome == "fail" else "-"
    return " ".join(filter(None, (format_value(value.value, value.unit), *_marks(value))))


def _marks(value: HistoryValue) -> tuple[str, str, str]:
    """(mark of the verdict, sign against earlier runs, percentage of the change if it is more than noise)."""
    mark = MARKS.get(value.outcome, "").split(" ")[0]
    return mark, value.sign, words(value.percent) if value.sign in ("▲", "▼") else ""


def rests_on(view: View, own: HistoryLine) -> list[str]:
    """Sentences on the evidence for the signs of this run."""
    if not own.time:
        return ["Nothing is known of other runs: a folder of CSVs has no history."]
    if reason := invalid(own):
        return [f"This run is {reason}: it is compared with nothing, and no later run with it."]
    past = comparable(own, view.context.history)
    found = [f"Compared with {len(past)} earlier run{'' if len(past) == 1 else 's'}{_span(past)}."]
    if not past:
        found = ["There is no earlier run to compare with."]
    found.append(
        f"Valid runs of the scenario `{own.scenario}` with {like(own)} are compared if machine, backend, dialect and requirements "
        f"are the same (environment `{own.fingerprint or 'unknown'}`)."
    )
    if own.search:
        found.append(
            "Searches are compared by what they found; their requirements were each measured at another number of users."
        )
    if len(past) < FIRST_RUNS:
        found.append(f"A comparison needs {FIRST_RUNS} earlier runs of this kind.")
    elif len(past) < FULL_RUNS:
        found.append(
            f"With fewer than {FULL_RUNS} of them only a change of 20 % or more with disjoint intervals stands out. With "
            f"{FULL_RUNS} a change of 10 % does, and a regression can be proven."
        )
    if view.context.left_out:
        found.append(f"These earlier runs were left out: {'; '.join(view.context.left_out)}.")
    return found


def _span(past: list[HistoryLine]) -> str:
    return f", the oldest of {past[0].time[:10]}" if past else ""


def _pinned(view: View, own: HistoryLine) -> list[str]:
    """Sentences that compare this run with the pinned run."""
    baseline = view.context.baseline
    if baseline is None or invalid(own):
        return [sentence(view.context.baseline_refused)] if view.context.baseline_refused else []
    compared = [
        f"{one.nfr.title} {words(change)} {'' if sign == '~' else f'({sign})'}".strip() + (" ~" if sign == "~" else "")
        for one, change, sign in against(view.requirements, own, baseline)
        if one.nfr.summary
    ]
    commit = f" at {baseline.backend_commit}" if baseline.backend_commit else ""
    return [f"Against the baseline `{baseline.run}`{commit}: {'; '.join(compared) or 'no value in common'}."]
