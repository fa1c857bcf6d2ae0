"""Server-sent events, split anywhere, in every spelling of a line's end."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.protocols.closing import StreamError
from reznet_load.protocols.ndjson import LineReader
from reznet_load.protocols.sse import EventReader, ServerEvent


def read(stream: bytes, cuts: list[int] | None = None) -> list[ServerEvent]:
    reader, at, found = EventReader(), 0, []
    for cut in [*sorted(one % (len(stream) + 1) for one in cuts or []), len(stream)]:
        found += reader.feed(stream[at:cut])
        at = cut
    return found


TEXT = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs",)), max_size=12)
EVENTS = st.lists(
    st.tuples(st.sampled_from(["", "delta", "größe"]), st.lists(TEXT, min_size=1, max_size=3)), max_size=5
)


@given(EVENTS, st.sampled_from([b"\n", b"\r", b"\r\n"]), st.lists(st.integers(0, 5000), max_size=12), st.booleans())
def test_any_split_and_any_line_end_gives_the_same_events(
    events: list[tuple[str, list[str]]], line_end: bytes, cuts: list[int], bom: bool
) -> None:
    lines: list[str] = []
    for name, data in events:
        lines += [": a heartbeat"] + ([f"event: {name}"] if name else []) + [f"data: {one}" for one in data] + [""]
    stream = (b"\xef\xbb\xbf" if bom else b"") + line_end.join(one.encode() for one in [*lines, ""])
    expected = [ServerEvent(name or "message", "\n".join(data)) for name, data in events]
    assert read(stream, cuts) == read(stream, list(range(len(stream)))) == expected


def test_the_id_may_come_after_the_data_and_lasts() -> None:
    assert read(b"data: a\nid: 7\n\ndata: b\n\nid\ndata: c\n\n") == [
        ServerEvent("message", "a", "7"), ServerEvent("message", "b", "7"), ServerEvent("message", "c"),
    ]  # fmt: skip


def test_several_events_of_a_read_come_out_together_and_an_open_one_waits() -> None:
    reader = EventReader()
    assert [one.data for one in reader.feed(b"data: 1\n\ndata: 2\n\ndata: 3")] == ["1", "2"]
    assert [one.data for one in reader.feed(b"\n\n")] == ["3"]


def test_an_event_comes_out_at_its_empty_line_and_not_at_the_next_read() -> None:
    reader = EventReader()
    assert [one.data for one in reader.feed(b"data: x\r\n\r")] == ["x"]
    assert reader.feed(b"\n") == [] and [one.data for one in reader.feed(b"data: y\n\n")] == ["y"]


def test_comments_and_retry_are_no_events() -> None:
    reader = EventReader()
    assert reader.feed(b": ping\n\nretry: 1500\n\nretry: soon\nevent: nothing\n\n") == []
    assert (reader.comments, reader.retry) == (1, 1500)


def test_a_space_is_taken_off_once_and_a_field_without_colon_is_empty() -> None:
    assert read(b"data:  two\ndata\ndata:none\n\n")[0].data == " two\n\nnone"


def test_invalid_utf_8_is_replaced_and_no_error() -> None:
    assert read(b"data: \xff\xc3\n\n")[0].data == "\ufffd\ufffd"


@pytest.mark.parametrize("stream", [b"data: " + b"x" * 200, b"data: xxxxxxxxxxxxxxxxxxxx\n" * 9])
def test_an_event_without_end_is_refused(stream: bytes) -> None:
    with pytest.raises(StreamError, match="over 100 bytes"):
        EventReader(100).feed(stream)


VALUES = st.lists(st.dictionaries(TEXT, st.integers() | TEXT, max_size=3), max_size=6)


@given(VALUES, st.lists(st.integers(0, 2000), max_size=8))
def test_lines_of_json_split_anywhere(values: list[dict], cuts: list[int]) -> None:
    stream, reader, at, found = b"\n".join(json.dumps(one).encode() for one in values), LineReader(), 0, []
    for cut in [*sorted(one % (len(stream) + 1) for one in cuts), len(stream)]:
        found += reader.feed(stream[at:cut])
        at = cut
    assert found + reader.end() == values


def test_a_line_that_is_no_json_or_has_no_end_is_refused() -> None:
    with pytest.raises(StreamError, match="not JSON"):
        LineReader().feed(b"nonsense\n")
    with pytest.raises(StreamError, match="over 10 bytes"):
        LineReader(10).feed(b"[" * 11)
