"""What a run must have so that a requirement applies to it: kinds of users and probes; all of them, or one of several."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reznet_load.core.kinds import KINDS
from reznet_load.core.probes import PROBES

ANY_OF = "|"  # between needs of which one is enough: `rest|agent`


def needs() -> dict[str, str]:
    """What a run may have (kinds of users and probes), each with the text for a run that lacks it."""
    kinds, probes = KINDS.values(), PROBES.values()
    return {one.name: one.absent for one in kinds} | {one.name: one.absent for one in probes}


def lacking(wanted: Collection[str], has: Collection[str]) -> list[str]:
    """Those of `wanted` that a run with `has` does not meet."""
    return [need for need in wanted if not any(one in has for one in need.split(ANY_OF))]


def reason_for(need: str, lacks: Mapping[str, str]) -> str:
    """Why a run does not meet `need`, and what to do; `lacks` are the reasons that the run itself recorded."""
    return "; ".join(lacks.get(one) or needs()[one] for one in need.split(ANY_OF))


def unasked(wanted: Collection[str], has: Collection[str]) -> bool:
    """Does one of `wanted` need kinds of users that only --mix names, and the run has none of them?

    Then the requirement is not mentioned: such users are not part of a run that does not name them.
    """
    return any(
        all(one in KINDS and not KINDS[one].share and one not in has for one in need.split(ANY_OF)) for need in wanted
    )
