"""What a row of the table (core/rows.py) is: a name with its unit and its owner; and families of such names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from reznet_load.core.measured.measurement import Measurement

REST = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
CHAT, PROBE, GAUGE, COUNT = "CHAT", "PROBE", "GAUGE", "COUNT"
# Kinds that are observed or counted; they are not operations of a user.
_NO_OPERATION = frozenset({PROBE, GAUGE, COUNT})
# Kinds that concern the generator, not a request: they would distort Locust's own statistics.
SAMPLES_ONLY = frozenset({GAUGE, COUNT})

# Whose a row is: what users experienced, what the system under test did, what the generator itself did.
OF_USERS, OF_SYSTEM, OF_GENERATOR = "users", "system", "generator"


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A row of the table.

    kind, name  together its key, `CHAT ping`
    unit        of its values (core.units)
    whose       OF_USERS, OF_SYSTEM, OF_GENERATOR
    about       what is timed or counted, in one line
    part        True: a part of another operation (a reply's first token), not a request of its own
    at_arrival  True: users do it once, when they arrive; a longer run does not repeat it
    """

    kind: str
    name: str
    unit: str
    whose: str
    about: str
    part: bool = False
    at_arrival: bool = False

    @property
    def key(self) -> str:
        """Its name in samples, requirements and documents."""
        return f"{self.kind} {self.name}"

    @property
    def words(self) -> str:
        """The name as it is written in a sentence: `agent turn`, `GET /health`."""
        return self.name if self.kind == CHAT else self.key

    @property
    def is_operation(self) -> bool:
        """Is it something that users do, which succeeds or fails?"""
        return self.kind not in _NO_OPERATION

    @property
    def is_request(self) -> bool:
        """Is it a whole operation of users, not a part of one?"""
        return self.is_operation and not self.part

    @property
    def is_rest(self) -> bool:
        """Is it a REST call?"""
        return self.kind in REST

    @property
    def is_gauge(self) -> bool:
        """Is it a value at a moment?"""
        return self.kind == GAUGE

    def seen(self, value: float | None, start: float, **more: Any) -> Measurement:
        """One Measurement of this row; `more` are Measurement's other fields."""
        return Measurement(self.kind, self.name, value, start, unit=self.unit, **more)


@dataclass(frozen=True, slots=True)
class RowFamily:
    """Rows that differ in a part of their name: `pattern` has one `{}` for each such part."""

    kind: str
    pattern: str
    unit: str
    whose: str
    about: str
    part: bool = False
    _regex: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = re.escape(self.pattern).replace(r"\{\}", "(.+?)")
        object.__setattr__(self, "_regex", re.compile(pattern))

    def of(self, *parts: str) -> NamedRow:
        """The row with these `parts`."""
        return _one_of(self, parts)

    def find(self, kind: str, name: str) -> NamedRow | None:
        """The row of that kind and name; None if it is not of this family."""
        found = self._regex.fullmatch(name) if kind == self.kind else None
        return self.of(*found.groups()) if found else None


@lru_cache(maxsize=1024)  # called for every answer of a backend
def _one_of(family: RowFamily, parts: tuple[str, ...]) -> NamedRow:
    name, about = family.pattern.format(*parts), family.about.format(*parts)
    return NamedRow(family.kind, name, family.unit, family.whose, about, family.part)
