"""Sentences on failures with the backend's error text, for the console and for Known Issues."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from reznet_load.core.failed.failed_kind import FailedKind, in_words
from reznet_load.core.text.foreign_text import for_markdown, for_terminal

_SAID = 300  # most characters of an error text; operations.jsonl has 500


def issue(one: FailedKind) -> str:
    """The line of a kind of failure in Known Issues."""
    said = f" {quoted(one, for_markdown)}" if says(one) else ""
    return f"**{one.row}**: {one.count} of {one.total} failed with “{one.error}”.{said}"


def for_console(kinds: Sequence[FailedKind]) -> Iterator[str]:
    """Lines for each failing row: its kinds and counts, then the most frequent error text, verbatim."""
    yield from in_words(kinds)
    if quotable := next((one for one in kinds if says(one)), None):
        yield f"{quotable.row}: {quoted(quotable, for_terminal)}"


def says(one: FailedKind) -> bool:
    """Is there an error text with more than brackets?"""
    return any(character.isalnum() for character in one.text)


def quoted(one: FailedKind, safe: Callable[[object, int], str]) -> str:
    """The most frequent error text, verbatim, and the number of operations whose text was kept."""
    often = "" if one.kept <= 1 else f" ({one.said} of {one.kept} that were kept whole)"
    text = safe(one.text, _SAID)
    return f"The backend said{often}: “{text}”{'' if text.endswith(('.', '!', '?')) else '.'}"


def search(operations: str, kinds: Sequence[FailedKind]) -> str:
    """How to find the failures `kinds` in the backend's logs.

    operations   the file that has more of these operations; "": there is none
    """
    ids = [id for one in kinds for id in one.ids]
    messages = [id for one in kinds for id in one.messages]
    if not ids and not messages:
        kept = f"; {operations} has failed operations" if operations else ""
        return f"Read what the backend logged at that time{kept}."
    words = " ".join(f"-e {found[0]}" for found in (ids, messages) if found)
    return f"Search the backend's logs: grep -rn {words} LOGS ({operations} has more ids)."
