"""Kinds of users that a backend has nothing for are refused with the reason, before anything is asked of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.mix import parse_mix, parse_think
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.streams.first_question import check_pages
from reznet_load.deployment.streams.recognise import with_dialect
from reznet_load.dialects.openai import CHAT


class Answers(BaseHTTPRequestHandler):
    """Models, and what `reznet-load provider` says of users who left; 404 for everything else."""

    known = ("/v1/models", "/reznet-load/left")

    def do_GET(self) -> None:
        body = json.dumps({"data": [], "unseen": 0}).encode()
        self.send_response(200 if self.path in self.known else 404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("dialect", "mix", "reason"),
    [
        ("v2", "long=1", "RezNet AI has nothing for it: long is a conversation whose history is sent"),
        ("v1", "agent=3,browse=1", "use rest; its kinds are rest, chat, agent"),
        ("openai", "chat=1", "OpenAI Chat Completions has nothing for it: chat waits for the echo"),
        ("openai", "rest=1,agent=1", "which this backend does not have; its kinds are agent, long, impatient, browse"),
        ("ag-ui", "browse=1", "its dialect lists no calls to browse; its kinds are agent, long, impatient"),
    ],
)
def test_a_mix_that_a_backend_has_nothing_for_says_why(host: str, dialect: str, mix: str, reason: str) -> None:
    with pytest.raises(ConfigError) as error:
        with_dialect(Settings(host=host, dialect=dialect, mix=parse_mix(mix)))
    assert reason in str(error.value)


def test_kinds_that_fit_are_what_runs(host: str) -> None:
    mix = parse_mix("agent=3,long=2,impatient=1,browse=1")
    settings = with_dialect(Settings(host=host, dialect="openai", mix=mix))
    assert settings.mix == {"agent": 3, "long": 2, "impatient": 1, "browse": 1}
    assert settings.provider_url == settings.watched_provider == host  # it is a provider of ours itself
    assert with_dialect(Settings(host=host, dialect="openai", mix=parse_mix("agent=1"))).watched_provider == ""


def test_the_shipped_mix_is_its_agents_alone(host: str) -> None:
    assert with_dialect(Settings(host=host, dialect="openai")).mix == {"agent": 14}


def test_the_pauses_of_a_round_fit_into_its_time(host: str) -> None:
    settings = Settings(host=host, dialect="openai", mix=parse_mix("browse=1"), think=parse_think(["browse=2"]))
    with pytest.raises(ConfigError, match=r"--think browse=2: the pauses of a round .* are 2 s"):
        with_dialect(settings)


def test_a_page_that_is_not_there_is_known_before_the_first_user(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check_pages(Settings(host=host), CHAT, "")
    monkeypatch.setattr(Answers, "known", ())
    with pytest.raises(ConfigError, match="GET /v1/models answered 404"):
        check_pages(Settings(host=host), CHAT, "")
