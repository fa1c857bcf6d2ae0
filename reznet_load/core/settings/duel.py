"""The settings of a duel: those of both sides, and how its result is decided."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from reznet_load.core.settings.settings import Settings, from_environment, to_environment

DUEL = (
    # both sides' settings for the generator, passed in its environment, so that no secret shows in a process list
    "REZNET_LOAD_DUEL"
)
# percent: a smaller difference is no reason to stop a change (our judgement); --margin and an NFR's `margin` set it
MARGIN = 5.0


@dataclass(frozen=True, slots=True)
class DuelTerms:
    """How a duel is decided; `duel.json` keeps it with the run.

    seed            of all random choices of the pairs
    margin          percent by which B may be slower, if a requirement has no margin of its own
    prove_no_worse  every upper bound must lie below its margin
    same            B is A again: a calibration
    together        both sides ran on this machine, so a slower B slows A too
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
        """Both sides, A and B."""
        return self.a, self.b


def duel_to_environment(duel: DuelSettings) -> str:
    """The duel as text for the environment variable DUEL."""
    sides = [to_environment(side) for side in duel.sides]
    return json.dumps({"sides": sides, "terms": asdict(duel.terms)})


def duel_from_environment(text: str) -> DuelSettings:
    """The duel from the text of the environment variable DUEL."""
    data = json.loads(text)
    a, b = (from_environment(side) for side in data["sides"])
    return DuelSettings(a, b, DuelTerms(**data["terms"]))
