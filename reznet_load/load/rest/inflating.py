"""Inflates bodies up to a size: a few KB can inflate to a gigabyte."""

from __future__ import annotations

import zlib

import brotli

from reznet_load.core.failed.failure_kinds import BODY_TOO_LONG, MOST_BODY_BYTES
from reznet_load.load.record import ReportedFailure


class UnusableResponse(ReportedFailure, OSError):
    """An answer that exceeds a limit or cannot be decoded; an OSError, because Locust counts those as failures."""


def inflated(raw: bytes, gzip: bool) -> bytes:
    """The inflated body of `gzip`, or of `deflate` with or without a zlib header. Raises UnusableResponse, zlib.error."""
    inflater = zlib.decompressobj(31 if gzip else -zlib.MAX_WBITS)
    try:
        plain = inflater.decompress(raw, MOST_BODY_BYTES + 1)
    except zlib.error:
        if gzip:
            raise
        inflater = zlib.decompressobj()
        plain = inflater.decompress(raw, MOST_BODY_BYTES + 1)
    if len(plain) > MOST_BODY_BYTES:
        raise UnusableResponse(BODY_TOO_LONG)
    if not inflater.eof:
        raise zlib.error("its end is missing")
    return plain


def unbrotlied(raw: bytes) -> bytes:
    """The decompressed body of `br`. Raises UnusableResponse, ValueError, brotli.error."""
    inflater = brotli.Decompressor()
    plain = inflater.process(raw, output_buffer_limit=MOST_BODY_BYTES + 1)
    if len(plain) > MOST_BODY_BYTES or not inflater.can_accept_more_data():
        raise UnusableResponse(BODY_TOO_LONG)
    if not inflater.is_finished():
        raise ValueError("its end is missing")
    return bytes(plain)
