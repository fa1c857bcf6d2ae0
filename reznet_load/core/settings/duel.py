"""What a duel was asked for: the settings of both sides, and how its answer is decided."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from reznet_load.core.settings.settings import Settings, from_environment, to_environment

DUEL = (
    "REZNET_LOAD_DUEL"  # both sides' settings for the generator, in its environment: no secret shows in a process list
)
MARGIN = 5.0  # percent: less is no reason to stop a change (judgement); --margin and an NFR's `margin` set it


@dataclass(frozen=True, slots=True)
class DuelTerms:
    """How a duel is answered; `duel.json` keeps it with the run.

    seed            of everything that pairs draw
    margin          percent by which B may be slower, where a requirement has no margin of its own
    prove_no_worse  every upper bound must lie below its margin
    same            B is A again: a calibration
    together        both sides ran on this machine, so that a slower B slows A too
    """

    seed: str
    margin: float = MARGIN
    prove_no_worse: bool = False
    strict: bool = False
    same: bool = False
    together: bool = False
    command: str = ""


@dataclass(frozen=True, slots=True)
class DuelSettings:
    """Both sides and the terms."""

    a: Settings
    b: Settings
    terms: DuelTerms

    @property
    def sides(self) -> tuple[Settings, Settings]:
        """In the order of their names, A and B."""
        return self.a, self.b


def duel_to_environment(duel: DuelSettings) -> str:
    """As the text of DUEL."""
    sides = [to_environment(side) for side in duel.sides]
    return json.dumps({"sides": sides, "terms": asdict(duel.terms)})


def duel_from_environment(text: str) -> DuelSettings:
    """From the text of DUEL."""
    data = json.loads(text)
    a, b = (from_environment(side) for side in data["sides"])
    return DuelSettings(a, b, DuelTerms(**data["terms"]))
