"""The options that made the embedded target slow, small or faulty on purpose: their effects are intended.

They are read from its options in `run.json`. An option that does not slow it down (`--first-token 50ms`) is not among
them.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from reznet_load.core.errors import ConfigError
from reznet_load.core.units import parse_duration

FAULT = "--fault"
# Option -> its default (target/options.py, target/stream_options.py), times in seconds; a larger value makes the target
# slower. verdict/diagnosis/intended_effects.py says what each option causes.
TIMES = {"--first-token": 0.25, "--gap": 0.02, "--compute-time": 0.0}
NUMBERS = {
    "--length": 40.0,
    "--first-token-spread": 0.15,
    "--gap-spread": 0.15,
    "--length-spread": 0.2,
    "--process-time": 1.0,
}
# Smaller values make it slower; 0 means no limit for these two.
SIZES = {"--pool-size": 10.0, "--pool-overflow": 20.0}
LIMITS = ("--agent-concurrency", "--capacity")
MEDIANS = ("--first-token", "--gap", "--length")  # of distributions (target/provider.py)
WORDS = {"--delivery": "broadcast", "--shape": "bimodal"}


@dataclass(frozen=True, slots=True)
class Intended:
    """`name` of an option, for a fault including the fault: `--first-token`, `--fault slow-query`; `text` as it was
    given.
    """

    name: str
    text: str


def on_purpose(options: str) -> tuple[Intended, ...]:
    """Those of `options` that make the target slow, small or faulty, in order; empty if they cannot be parsed."""
    return tuple(
        Intended(f"{name} {value}" if name == FAULT else name, f"{name} {value}")
        for name, value in _pairs(options)
        if _slows(name, value)
    )


def texts(intended: Collection[Intended], names: Collection[str] | None = None) -> str:
    """`--first-token 2s --fault slow-query`: all, or those with one of these `names`; empty if there are none."""
    return " ".join(one.text for one in intended if names is None or one.name in names)


def medians(options: str) -> tuple[Intended, ...]:
    """Those of `on_purpose(options)` that are the median of values that differ from reply to reply."""
    given = dict(_pairs(options))
    return tuple(one for one in on_purpose(options) if one.name in MEDIANS and _varies(one.name, given))


def _varies(name: str, given: dict[str, str]) -> bool:
    shape = "" if name == "--length" else given.get("--shape", "")  # the shape is that of times
    try:
        flat = float(given.get(f"{name}-spread", "1")) == 0
    except ValueError:
        return False
    return shape == "bimodal" or (shape != "constant" and not flat)


def left(options: str, removed: Collection[Intended]) -> str:
    """`options` without those that are `removed`, quoted for a shell; unchanged if they cannot be parsed."""
    try:
        words = shlex.split(options)
    except ValueError:
        return options
    texts_ = {one.text for one in removed}
    kept, skip = [], False
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if skip:
            skip = False
        elif f"{name} {value if equals else following}" in texts_:
            skip = not equals
        else:
            kept.append(word)
    return shlex.join(kept)


def _pairs(options: str) -> Iterator[tuple[str, str]]:
    try:
        words = shlex.split(options)
    except ValueError:
        return
    for at, word in enumerate(words):
        if word.startswith("--"):
            name, _, value = word.partition("=")
            yield name, value or (words[at + 1] if at + 1 < len(words) else "")


def _slows(name: str, value: str) -> bool:
    if name == FAULT:
        return bool(value)
    if name in WORDS:
        return value == WORDS[name]
    try:
        if name in TIMES:
            return parse_duration(value, name) > TIMES[name]
        if name in NUMBERS:
            return float(value) > NUMBERS[name]
        if name in LIMITS:
            return float(value) > 0
        return name in SIZES and float(value) < SIZES[name]
    except (ConfigError, ValueError):
        return False
