"""What the backend said of its failures, in words: for the console, and under Known Issues."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from reznet_load.core.failed.failed_kind import FailedKind, in_words
from reznet_load.core.text.foreign_text import for_markdown, for_terminal

_SAID = 300  # characters of what a backend said; operations.jsonl has 500


def issue(one: FailedKind) -> str:
    """A line of Known Issues."""
    said = f" {quoted(one, for_markdown)}" if says(one) else ""
    return f"**{one.row}**: {one.count} of {one.total} failed with “{one.error}”.{said}"


def for_console(kinds: Sequence[FailedKind]) -> Iterator[str]:
    """Each failing row with its kinds and counts, then the most frequent text verbatim."""
    yield from in_words(kinds)
    if told := next((one for one in kinds if says(one)), None):
        yield f"{told.row}: {quoted(told, for_terminal)}"


def says(one: FailedKind) -> bool:
    """Is there a text, and more in it than brackets?"""
    return any(character.isalnum() for character in one.text)


def quoted(one: FailedKind, safe: Callable[[object, int], str]) -> str:
    """What the backend said most often, verbatim, and of how many operations that is known."""
    often = "" if one.kept <= 1 else f" ({one.said} of {one.kept} that were kept whole)"
    text = safe(one.text, _SAID)
    return f"The backend said{often}: “{text}”{'' if text.endswith(('.', '!', '?')) else '.'}"
