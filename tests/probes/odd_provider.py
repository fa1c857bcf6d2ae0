"""OpenAI-compatible servers that differ from the original, each a mode: what they send is what such servers send.

reason    a reasoning model that uses up its limit before the first word      nousage   no chunk with the usage
old       answers 400 to `max_completion_tokens`                              thinks    no usage, and reasoning before the text
ping      a comment long before the first word                                azure     what its filter found, long before it
refuse    answers 404 with its reason, which repeats the key
"""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

REASON, NO_USAGE, OLD, THINKS = "reason", "nousage", "old", "thinks"
PING, AZURE, REFUSE = "ping", "azure", "refuse"
_SILENT = 0.3  # seconds before the first word of `ping` and `azure`
_USAGE = {"prompt_tokens": 12, "completion_tokens": 64, "total_tokens": 76}


@contextmanager
def serving(mode: str) -> Iterator[str]:
    """The base URL of one."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if mode == OLD and "max_completion_tokens" in asked:
                self.refuse(400, "Unrecognized request argument supplied: max_completion_tokens")
                return
            if mode == REFUSE:
                self.refuse(404, "The model `m` does not exist, or sk-very-secret-key may not use it\x1b[31m")
                return
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            if mode == PING:
                self.wfile.write(b": keep-alive\r\n\r\n")
            if mode == AZURE:
                self.event({"id": "", "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]})
            if mode in (PING, AZURE):
                time.sleep(_SILENT)
            if mode in (REASON, THINKS):
                for _ in range(5):
                    self.say({"reasoning_content": "thinking "})
            if mode != REASON:
                for _ in range(5):
                    self.say({"content": "word "})
            if mode == REASON:
                self.event({"choices": [], "usage": _USAGE})
            self.wfile.write(b"data: [DONE]\r\n\r\n")
            self.close_connection = True

        def refuse(self, status: int, text: str) -> None:
            body = json.dumps({"error": {"message": text, "type": "invalid_request_error"}}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def say(self, delta: dict[str, Any]) -> None:
            self.event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})

        def event(self, data: dict[str, Any]) -> None:
            whole = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"} | data
            self.wfile.write(b"data: " + json.dumps(whole).encode() + b"\r\n\r\n")
            self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
