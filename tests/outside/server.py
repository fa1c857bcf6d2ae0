"""A server with known times, on a free port that it prints: /quick 30 ms, /slow 300 ms, /flaky fails one time in five."""

from __future__ import annotations

import itertools
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TIMES = {"/quick": 0.030, "/slow": 0.300, "/flaky": 0.0}
FAILS_EACH = 5
_asked = itertools.count()


class Known(BaseHTTPRequestHandler):
    """One answer after the time of its path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        time.sleep(TIMES.get(self.path, 0.0))
        failed = self.path == "/flaky" and next(_asked) % FAILS_EACH == 0
        self.send_response(500 if failed else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Nothing: stdout has the port alone."""


class Server(ThreadingHTTPServer):
    """Connections that Locust drops at its end are no news."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Known)
    print(server.server_address[1], flush=True)
    server.serve_forever()
