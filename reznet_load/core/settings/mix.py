"""`--mix` and `--think`: how many users of each kind, and their think times. `core.kinds` has the kinds."""

from __future__ import annotations

import re

from reznet_load.core.errors import ConfigError
from reznet_load.core.kinds import KINDS, Kind, shipped_mix
from reznet_load.core.units import parse_duration

_COUNT = re.compile(r"[0-9]{1,6}")
_SHORT = 3  # the short form 24:12:14 sets the first three kinds of the table


def mix_text() -> str:
    """The default mix as `--mix` writes it: `rest=24,chat=12,agent=14`."""
    return ",".join(f"{name}={users}" for name, users in shipped_mix().items() if users)


def think_text() -> str:
    """The default think times as `--think` writes them: `rest=0.5,0.5,2,1 chat=2.5 agent=4.2`."""
    return " ".join(_think_of(kind) for kind in KINDS.values())


def parse_mix(text: str) -> dict[str, int]:
    """Users of each kind from `rest=24,chat=12,agent=14`, or `24:12:14`; 0 for a kind not named. Raises ConfigError."""
    pairs = _named(text) if "=" in text else _short(text)
    counts = dict(pairs)
    known = len(counts) == len(pairs) and counts.keys() <= KINDS.keys()
    if not known or not all(_COUNT.fullmatch(users) for users in counts.values()) or not sum(map(int, counts.values())):
        short = ":".join(str(kind.share) for kind in _short_kinds())
        raise ConfigError(
            f"--mix: read {text!r}, expected users of each kind like {mix_text()} or {short}, not all zero; "
            f"kinds are {', '.join(KINDS)}"
        )
    return {name: int(counts.get(name, 0)) for name in KINDS}


def _named(text: str) -> list[tuple[str, str]]:
    parts = [part.partition("=") for part in text.split(",")]
    return [(name.strip(), users.strip()) for name, _, users in parts]


def _short(text: str) -> list[tuple[str, str]]:
    parts = [part.strip() for part in text.split(":")]
    names = [kind.name for kind in _short_kinds()]
    return list(zip(names, parts, strict=True)) if len(parts) == len(names) else [("", text)]


def _short_kinds() -> list[Kind]:
    return list(KINDS.values())[:_SHORT]


def parse_think(items: list[str]) -> dict[str, tuple[float, ...]]:
    """Think times of each kind: the defaults, replaced by `kind=seconds,…` items in the order of its row. Raises
    ConfigError.
    """
    think = {kind.name: kind.think_seconds for kind in KINDS.values()}
    for item in items:
        name, _, text = item.partition("=")
        kind = KINDS.get(name)
        seconds = tuple(parse_duration(part, f"--think {name}") for part in text.split(",")) if text else ()
        if kind is None or len(seconds) != len(kind.think) or sum(seconds) + kind.answers <= 0:
            raise ConfigError(f"--think: read {item!r}, expected {_think_form(kind)}")
        think[name] = seconds
    return think


def _think_form(kind: Kind | None) -> str:
    """The right form of an item, for its kind if known."""
    if kind is None:
        return f"KIND=SECONDS like {think_text()}"
    places = ", ".join(place for place, _ in kind.think)
    meaning = "from one start to the next, above zero" if len(kind.think) == 1 else f"{len(kind.think)} times: {places}"
    return f"{_think_of(kind)} ({meaning})"


def _think_of(kind: Kind) -> str:
    return f"{kind.name}={','.join(f'{seconds:g}' for seconds in kind.think_seconds)}"
