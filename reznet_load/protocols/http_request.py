"""An HTTP/1.1 request as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def encode(method: str, path: str, host: str, headers: Mapping[str, str], body: Any = None) -> bytes:
    """A request with `body` as JSON, or as it is if it is bytes (None: no body). Compression is not offered, because it
    makes a stream arrive in bursts.

    Raises ValueError for a line break or a space that would change the meaning of the request.
    """
    content = (
        b"" if body is None else body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    )
    fields = {"Host": host, "Accept": "text/event-stream, application/json", "Accept-Encoding": "identity"} | dict(
        headers
    )
    if body is not None:
        fields = {"Content-Type": "application/json"} | fields | {"Content-Length": str(len(content))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    if " " in path or any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a request with a line break, or a path with a space")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content
