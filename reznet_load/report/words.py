"""How the document writes what it says: values with their evidence, sentences, cells. Templates do no arithmetic."""

from __future__ import annotations

from reznet_load.core.run import Verdict
from reznet_load.core.units import format_value

_NO_BOUND = 1e11  # ms: what a CSV without percentiles above a rank says of it
_TEXT_LENGTH = 160  # of an error text in a table


def ms(value: float | None) -> str:
    """Milliseconds for a reader; `-` for what was not timed."""
    return format_value(value, "ms")


def percent(value: float) -> str:
    """A share without decimals, never a misleading 0 %."""
    return "less than 1 %" if 0 < value < 1 else f"{value:.0f} %"


def bare(text: str) -> str:
    """`text` without its full stop, to stand inside a sentence."""
    return text.strip().removesuffix(".")


def sentence(text: str) -> str:
    """`text` with a capital and one full stop. A word with figures in it (`p95`) stays as it is."""
    text = bare(text)
    first = text.split(" ", 1)[0]
    capital = text if any(letter.isdigit() for letter in first) else text[:1].upper() + text[1:]
    return capital if not text or text.endswith(("!", "?")) else capital + "."


def cell(text: str) -> str:
    """`text` as a cell of a Markdown table, on one line and not endless."""
    line = " ".join(str(text).split()).replace("|", "\\|")
    return line if len(line) <= _TEXT_LENGTH else line[: _TEXT_LENGTH - 1] + "…"


def listed(names: list[str], most: int = 6) -> str:
    """`a, b and c`; of more than `most` the rest as a number."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def interval(verdict: Verdict) -> str:
    """`90 % interval 3 350 ms to 3 480 ms`; "" where no interval exists."""
    if verdict.low is None or verdict.high is None:
        return ""
    low = format_value(verdict.low, verdict.unit)
    if verdict.high >= _NO_BOUND:
        return f"at least {low}"
    return f"90 % interval {low} to {format_value(verdict.high, verdict.unit)}"


def evidence(verdict: Verdict, phase: bool = False) -> str:
    """What a value rests on: number of samples (seconds for sockets), row, and the phase where a run has several."""
    number = f"over {verdict.n} s" if verdict.unit == "users" else f"n = {verdict.n}"
    return ", ".join(filter(None, [number, verdict.row, verdict.phase if phase else ""]))


def actual(verdict: Verdict, phase: bool = False) -> str:
    """Value, interval, samples, row, and the reason of anything but Pass; nothing twice."""
    if verdict.value is None:
        found = f"{sentence(verdict.reason)} ({verdict.row})" if verdict.row else sentence(verdict.reason)
        return cell(found) if found else "-"
    value = format_value(verdict.value, verdict.unit)
    if verdict.reason and f"{value} (" in verdict.reason:
        return f"{sentence(verdict.reason)} {evidence(verdict, phase)}"
    bounds = interval(verdict)
    text = f"{value} ({bounds})" if bounds else value
    text += f", {evidence(verdict, phase)}"
    return text if verdict.outcome == "pass" or not verdict.reason else f"{text}. {sentence(verdict.reason)}"


def use_of(value: float, limit: float, written: str) -> str:
    """How much of its limit a value uses."""
    if value >= 2 * limit:
        return f"is {value / limit:.1f} times its limit of {written}"
    return f"uses {percent(100 * value / limit)} of its limit of {written}"
