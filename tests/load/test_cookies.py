"""Cookies that a backend sets come back to it, next to those that the user gave. Importing Locust patches the interpreter."""

from __future__ import annotations

import json

from tests.load.test_record import run

SCRIPT = """
import json, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from locust.env import Environment
from reznet_load.core.rows import GET_AGENTS
from reznet_load.core.settings.settings import Settings
from reznet_load.load.user_context import UserContext
from reznet_load.load.workers.accounts import AccountPool
from reznet_load.load.record import Recorder
from reznet_load.users import RestUser

seen = []
SETS = iter([
    None, ["session=a1; Path=/", "lang=de; Path=/elsewhere"], None, ["SESSION2=b"], None, ["session=; Max-Age=0; Path=/"], None,
])
class Backend(BaseHTTPRequestHandler):
    def do_GET(self):
        seen.append(self.headers.get("Cookie", ""))
        self.send_response(200)
        for cookie in next(SETS) or ():
            self.send_header("set-COOKIE", cookie)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")
    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Backend)
threading.Thread(target=server.serve_forever, daemon=True).start()
environment = Environment(host=f"http://127.0.0.1:{server.server_port}")
environment.create_local_runner()
settings = Settings(host=environment.host)
environment.reznet = UserContext(settings, Recorder(environment), None, None, None, AccountPool(), None, None)
RestUser.host = environment.host
user = RestUser(environment)
for _ in range(7):
    user.fetch("/api/agents", GET_AGENTS, list)
print(json.dumps([sorted(one.split("; ")) for one in seen]))
server.shutdown()
"""


def test_a_cookie_is_sent_until_the_backend_deletes_it() -> None:
    assert json.loads(run(SCRIPT)) == [
        [""], [""], ["session=a1"], ["session=a1"], ["SESSION2=b", "session=a1"], ["SESSION2=b", "session=a1"], ["SESSION2=b"],
    ]  # fmt: skip
