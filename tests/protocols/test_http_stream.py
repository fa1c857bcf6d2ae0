"""HTTP answers split anywhere; the standard library's server writes some of them."""

from __future__ import annotations

import gzip
import http.client
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.protocols.closing import StreamError
from reznet_load.protocols.http_stream import MAX_HEAD, AnswerReader

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def read(stream: bytes, cuts: list[int] | None = None) -> tuple[AnswerReader, bytes]:
    reader, at, body = AnswerReader(), 0, b""
    for cut in [*sorted(one % (len(stream) + 1) for one in cuts or []), len(stream)]:
        body += reader.feed(stream[at:cut])
        at = cut
    return reader, body


def chunked(pieces: list[bytes], extension: bytes = b"", trailers: bytes = b"") -> bytes:
    chunks = b"".join(b"%X%s\r\n%s\r\n" % (len(one), extension, one) for one in pieces if one)
    return chunks + b"0\r\n" + trailers + b"\r\n"


class Canned(io.BytesIO):
    def makefile(self, *_: object, **__: object) -> io.BytesIO:
        return self


PIECES = st.lists(st.binary(max_size=60), max_size=6)


@given(PIECES, st.lists(st.integers(0, 5000), max_size=12), st.sampled_from([b"", b";a=b", b" ; c"]), st.booleans())
def test_chunks_split_anywhere_give_the_body(
    pieces: list[bytes], cuts: list[int], extension: bytes, trailers: bool
) -> None:
    stream = CHUNKED + chunked(pieces, extension, b"X-Took: 1ms\r\n" if trailers else b"")
    whole, body = read(stream + b"next", cuts)
    assert (body, whole.done, whole.rest, whole.status) == (b"".join(pieces), True, b"next", 200)
    single, again = read(stream, list(range(len(stream))))
    assert again == body and single.end()


@given(PIECES)
def test_the_standard_librarys_client_reads_the_same_body(pieces: list[bytes]) -> None:
    stream = CHUNKED + chunked(pieces)
    answer = http.client.HTTPResponse(Canned(stream))  # type: ignore[arg-type]
    answer.begin()
    assert read(stream)[1] == answer.read()


def test_a_partial_chunk_is_returned_at_once() -> None:
    reader = AnswerReader()
    assert reader.feed(CHUNKED + b"a\r\n01234") == b"01234"
    assert (reader.feed(b"56789\r"), reader.done) == (b"56789", False)
    assert reader.feed(b"\n0\r\n\r\n") == b"" and reader.done


@pytest.mark.parametrize(
    ("head", "body", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"hello", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"hello", False),
        (b"HTTP/1.0 200 OK\r\n\r\n", b"hello", True),  # until the connection closes
        (CHUNKED, b"", False),
        (CHUNKED + b"5\r\n", b"hel", False),
    ],
)
def test_a_body_that_is_cut_off_is_not_whole(head: bytes, body: bytes, whole: bool) -> None:
    reader, got = read(head + body)
    assert got == body and reader.end() is whole


@pytest.mark.parametrize("head", [b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"])
def test_answers_without_a_body_end_with_their_head(head: bytes) -> None:
    assert read(head)[0].done


def test_headers_cookies_and_interim_answers() -> None:
    head = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200\nSet-Cookie: a=1\nset-cookie: b=2\n"
    head += b"X: 1\n  2\nContent-Length: 0\n\n"
    reader, _ = read(head, list(range(len(head))))
    assert (reader.status, reader.cookies, reader.headers["x"]) == (200, ["a=1", "b=2"], "1 2") and reader.keeps_alive


def test_gzip_comes_out_plain_and_as_early_as_it_can() -> None:
    packed = gzip.compress(b"data: x\n\n" * 100)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert read(head + chunked([packed[:40], packed[40:]]))[1] == b"data: x\n\n" * 100


@pytest.mark.parametrize(
    "stream",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * MAX_HEAD,
        CHUNKED + b"-1\r\n",
        CHUNKED + b"0x5\r\n",
        CHUNKED + b"\r\n",
        CHUNKED + b"1\r\nab",
        CHUNKED + b"1;" + b"x" * 5000,
        CHUNKED + b"0\r\n" + b"X: 1\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(17 << 20)),
    ],
)
def test_invalid_or_too_large_answers_are_refused(stream: bytes) -> None:
    with pytest.raises(StreamError):
        read(stream)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=4))
def test_any_bytes_raise_only_stream_errors(tail: bytes, cuts: list[int]) -> None:
    for head in (b"", b"HTTP/1.1 200 OK\r\n", CHUNKED):
        try:
            read(head + tail, cuts)
        except StreamError:
            continue
