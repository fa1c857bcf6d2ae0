"""One kind of failure of a row: how often, when, and what the backend said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reznet_load.core.text.foreign_text import for_terminal

_SHOWN = 200  # characters of a kind's text on the console
_ROWS, _KINDS = 5, 3  # the most that the console shows; the document has all


@dataclass(frozen=True, slots=True)
class FailedKind:
    """One kind of failure of one row over the judged phases. If no phase was judged: over the whole run, also during
    the run.

    row          its row
    error        the kind of failure, the same text for every occurrence
    count        operations that failed in this way
    total        operations of the row that ended
    first, last  start of the first and of the last, seconds since the epoch by the master's clock; None if samples are
                 missing
    text         what the backend said most often, verbatim with secrets masked; empty if it said nothing
    said         how many of `kept` have that text
    kept         operations of this kind that were recorded in full
    ids          request ids of the first of them, to search the backend's logs with
    channels     their channels, for backends that log no request id of socket events
    messages     their messages, for the same purpose
    """

    row: str
    error: str
    count: int
    total: int
    first: float | None = None
    last: float | None = None
    text: str = ""
    said: int = 0
    kept: int = 0
    ids: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()

    @property
    def searched(self) -> tuple[str, ...]:
        """What to search the backend's logs for: a request id, a message id and a channel id, as far as they are known."""
        return tuple(dict.fromkeys((*self.ids[:1], *self.messages[:1], *self.channels[:1])))


def by_row(kinds: Sequence[FailedKind]) -> dict[str, list[FailedKind]]:
    """Row -> its kinds, the most frequent first; the row with the most failures first."""
    rows: dict[str, list[FailedKind]] = {}
    for one in sorted(kinds, key=lambda one: (-one.count, one.row, one.error)):
        rows.setdefault(one.row, []).append(one)
    return dict(sorted(rows.items(), key=lambda pair: -_failed(pair[1])))


def in_words(kinds: Sequence[FailedKind], when: str = "") -> Iterator[str]:
    """Lines for a terminal, one per row: `CHAT agent turn: 91 of 91 failed: 90 × error after reply: …; 1 × silence: …`."""
    rows = by_row(kinds)
    for row, mine in list(rows.items())[:_ROWS]:
        shown = [f"{one.count} × {for_terminal(one.error, _SHOWN)}" for one in mine[:_KINDS]]
        if len(mine) > _KINDS:
            shown.append(f"{_failed(mine[_KINDS:])} × {len(mine) - _KINDS} other kinds")
        yield f"{for_terminal(row, _SHOWN)}: {_failed(mine)} of {mine[0].total} failed{when and f' {when}'}: {'; '.join(shown)}"
    if len(rows) > _ROWS:
        others = list(rows.values())[_ROWS:]
        yield f"{len(others)} other row{'' if len(others) == 1 else 's'}: {sum(map(_failed, others))} failed"


def _failed(kinds: Sequence[FailedKind]) -> int:
    return sum(one.count for one in kinds)
