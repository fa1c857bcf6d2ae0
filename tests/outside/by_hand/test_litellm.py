"""A real LiteLLM in front of `reznet-load provider`: questions, failures of the provider, connections, and a load.

`make backends`: it is installed below REZNET_LOAD_OUTSIDE, 760 MB.
"""

from __future__ import annotations

import json
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import gevent
import gevent.ssl
import pytest
from gevent import socket

from reznet_load.chat.failure import Failure
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system.machine import free_port
from reznet_load.drive.try_one import Trial, ask
from tests.live.stack import run
from tests.outside.backends.cutting import cutting
from tests.outside.backends.installed import MARKS, environment
from tests.outside.backends.running import running
from tests.outside.backends.servers import Backend, Server
from tests.outside.backends.user import User
from tests.simulated_provider import provider

pytestmark = [*MARKS, pytest.mark.by_hand]
PACKAGES = ("litellm[proxy]>=1.108,<2",)
FIRST_MS, GAP_MS, TOKENS = 150.0, 20.0, 40
WHOLE_MS = FIRST_MS + (TOKENS - 1) * GAP_MS
TIMES = (
    "--first-token", f"{FIRST_MS}ms", "--gap", f"{GAP_MS}ms", "--length", str(TOKENS), "--shape", "constant",
    "--length-spread", "0",
)  # fmt: skip
# Model of the proxy -> the fault of its provider, which strikes each fifth call.
MODELS = {"good": "", "limited": "rate-limited", "broken": "error-in-stream", "cut": "disconnected"}
STRIKES_EACH = 5
START_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where it is, and its master key."""

    url: str
    key: str


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    room = tmp_path_factory.mktemp("litellm")
    key, port = f"sk-{secrets.token_hex(24)}", free_port()
    with ExitStack() as running_ones:
        listed = []
        for model, fault in MODELS.items():
            url = running_ones.enter_context(provider(*TIMES, *(("--fault", fault) if fault else ())))
            params = {"model": "openai/simulated-gpt", "api_base": f"{url}/v1", "api_key": "none", "max_retries": 0}
            listed.append({"model_name": model, "litellm_params": params})
        settings = {"router_settings": {"num_retries": 0, "disable_cooldowns": True}}  # each answer is the provider's
        (room / "config.yaml").write_text(json.dumps({"model_list": listed} | settings))  # JSON is YAML
        command = [
            environment("litellm", PACKAGES).with_name("litellm"),
            "--config",
            "config.yaml",
            "--port",
            str(port),
        ]
        started = running(command, port, room, START_SECONDS, LITELLM_MASTER_KEY=key)
        made = Proxy(running_ones.enter_context(started), key)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OPENAI_API_KEY", key)
            for _ in range(3):  # its first questions take seconds: it imports what it needs
                tried(made, "good")
        yield made


@pytest.fixture(autouse=True)
def patched(monkeypatch: pytest.MonkeyPatch, proxy: Proxy) -> None:
    """The key as its user has it; sockets as Locust patches them in a run."""
    monkeypatch.setenv("OPENAI_API_KEY", proxy.key)
    monkeypatch.setattr("reznet_load.load.sockets.wire.ssl", gevent.ssl)


def tried(proxy: Proxy, model: str) -> tuple[int, str]:
    """Exit code and words of `reznet-load try`, which has to find out what it speaks to."""
    said: list[str] = []
    code = ask(Settings(host=proxy.url), Trial(model=model), said.append)
    return code, "\n".join(said)


def user(proxy: Proxy, url: str = "") -> User:
    made = User(Server(Backend("openai", "", "litellm"), proxy.url), url, key=proxy.key)
    made.conversation.model = "good"
    return made


def test_it_is_recognised_and_a_question_is_answered(proxy: Proxy) -> None:
    code, said = tried(proxy, "good")
    assert code == 0 and f"OpenAI Chat Completions at {proxy.url}" in said and "in 40 pieces" in said, said
    assert "40 tokens, as the backend counts them" in said


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("limited", "it does not work: error: HTTP 429: "),
        ("broken", "it does not work: error in stream: "),
        ("cut", "it does not work: error in stream: "),
    ],
)
def test_a_failure_of_the_provider_is_passed_on(model: str, sentence: str, proxy: Proxy) -> None:
    answers = [tried(proxy, model) for _ in range(STRIKES_EACH)]
    assert Counter(code for code, _ in answers) == {0: STRIKES_EACH - 1, 1: 1}, answers
    assert all(sentence in said for code, said in answers if code), answers


def test_a_model_that_it_has_not_and_a_wrong_key_are_said_with_what_to_do(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = tried(proxy, "nothing")
    assert code == 1 and "HTTP 400" in said and "Give it with --model NAME" in said, said
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")
    code, said = tried(proxy, "good")
    assert code == 1 and "$OPENAI_API_KEY" in said, said


@pytest.mark.parametrize("resets", [False, True], ids=["closed", "reset"])
def test_a_reply_that_is_cut_is_a_lost_connection_and_the_next_comes(
    resets: bool, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reznet_load.deployment.connections.way.socket", socket)
    with cutting(proxy.url, resets) as cutter:
        cut = user(proxy, cutter.url)
        turn = cut.ask("hello")
        assert turn.failure is Failure.DISCONNECTED and 0 < turn.chunks < TOKENS
        cutter.cuts = False
        turn = cut.ask("hello again")
        assert (turn.failure, turn.chunks) == (None, TOKENS)


def test_two_questions_of_one_conversation_at_once_have_a_reply_each(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reznet_load.deployment.connections.way.socket", socket)
    first, second = user(proxy), user(proxy)
    second.conversation = first.conversation
    asking = gevent.spawn(first.ask, "hello")
    first.reads(3)
    early = second.ask("and hello")
    assert (early.failure, early.chunks, asking.get(timeout=60).chunks) == (None, TOKENS, TOKENS)


def test_thinking_longer_than_it_keeps_a_connection_is_no_failure(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reznet_load.deployment.connections.way.socket", socket)
    thinking = user(proxy)
    assert thinking.ask("hello").failure is None
    until = time.monotonic() + 8
    while thinking.session.connected:
        assert time.monotonic() < until, "it kept the connection"
        gevent.sleep(0.05)
    turn = thinking.ask("hello again")
    assert (turn.failure, thinking.session.reopened) == (None, 1)


def test_a_load_has_the_times_of_the_provider_and_the_verdicts_that_follow(proxy: Proxy, tmp_path: Path) -> None:
    words = ("load", "--host", proxy.url, "--model", "good", "--users", "20", "--duration", "20s", "--ramp", "2s")
    ran = run(tmp_path, *words, "--think", "agent=3")
    assert ran.code == 0, ran.output
    turns, first, gaps = (ran.row(f"CHAT {part}") for part in ("agent turn", "first token", "chunk gap"))
    figures = ((row["key"], row["count"], round(row["mean"], 1), round(row["p95"], 1)) for row in (turns, first, gaps))
    print("litellm, (row, count, mean ms, p95 ms):", *figures, ran.verdicts())
    assert turns["count"] > 100 and turns["failures"] == 0 and ran.row("COUNT tokens counted")["mean"] == TOKENS
    assert FIRST_MS < first["mean"] < FIRST_MS + 1000 and gaps["mean"] == pytest.approx(GAP_MS, rel=0.15)
    assert turns["mean"] == pytest.approx(WHOLE_MS + first["mean"] - FIRST_MS, rel=0.1)
    # 20 s prove the requirements that are far from their limits; no other may fail.
    verdicts = ran.verdicts()
    assert verdicts["turn_p95"] == verdicts["gap_p95"] == "pass" and "fail" not in verdicts.values(), ran.output


def test_a_load_whose_provider_breaks_replies_off_fails(proxy: Proxy, tmp_path: Path) -> None:
    words = ("load", "--host", proxy.url, "--model", "broken", "--users", "20", "--duration", "20s", "--ramp", "2s")
    ran = run(tmp_path, *words, "--think", "agent=3")
    turns = ran.row("CHAT agent turn")
    print(f"litellm, broken: {turns['count']} replies, {turns['failures']} failures {turns['errors']}; exit {ran.code}")
    assert ran.code == 1 and ran.verdicts()["error_rate"] == "fail", ran.output
    assert 0.1 < turns["failures"] / (turns["count"] + turns["failures"]) < 0.3  # each fifth
    assert all(kind.startswith("error in stream") for kind in turns["errors"])
