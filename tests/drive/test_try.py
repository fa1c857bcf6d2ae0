"""`try` and `backends`: one question to servers that answer with the recorded bytes of real ones, and to the simulator."""

from __future__ import annotations

import json
import re
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from reznet_load.cli import main
from reznet_load.core.system.machine import free_port
from reznet_load.dialects.every import OTHERS
from reznet_load.target.provider import build
from reznet_load.target.stream_options import Stream
from tests.dialects.recordings import Line, lines
from tests.live.stack import target

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "langgraph.py"
GREETING = b"SSH-2.0-OpenSSH_9.2\r\n"
ALERT = b"\x15\x03\x01\x00\x02\x02\x46"  # of a server that speaks TLS
PAGE = b"HTTP/1.0 501 Unsupported\r\nContent-Type: text/html\r\n\r\n<!DOCTYPE HTML><html><head><title>Error response</title></head>"
MOVED = b"HTTP/1.1 308 Moved\r\nLocation: https://example.org/\r\nContent-Length: 0\r\n\r\n"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def answering(reads: list[bytes]) -> Iterator[str]:
    """A server that answers each request with `reads`, 2 ms apart, and closes where they do not end the answer."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(5)
            while self.request.recv(65_536):
                for part in reads:
                    self.request.sendall(part)
                    time.sleep(0.002)
                if not reads[-1].endswith(b"0\r\n\r\n"):
                    return

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def exchange(name: str, said: str) -> list[bytes]:
    """What a real server answered to the request that has `said` in it."""
    found: list[Line] | None = None
    for line in lines(name):
        if line.path:
            if found is not None:
                break
            found = [] if said in line.text else None
        elif line.way == "in" and found is not None:
            found.append(line)
    assert found
    return [line.data for line in found]


def tried(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["try", *words])
    printed = capsys.readouterr()
    return code, printed.out + printed.err


@pytest.mark.parametrize(
    ("recording", "said", "dialect", "sentence"),
    [
        ("litellm-chat-stream", '"stream": true', "openai", "it works: 192 characters in 40 pieces"),
        ("litellm-responses-stream", "input", "openai-responses", "it works: 192 characters in 40 pieces"),
        ("litellm-anthropic-messages", '"hi"', "anthropic", "it works: 192 characters in 40 pieces"),
        ("vercelnode-question", "/api/chat", "ai-sdk", "it works: 192 characters in 40 pieces"),
        ("agui-tool", "/agui", "ag-ui", "calls the tool get_weather"),
        ("litellm-reasoning-and-tool", "TOOL", "openai", "it works: 1 call of a tool and no text"),
        ("langgraph-question", "runs/stream", str(EXAMPLE), "it works: 192 characters in 40 pieces"),
    ],
)
def test_a_real_answer_is_printed_event_by_event(
    recording: str, said: str, dialect: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(exchange(recording, said)) as url:
        code, told = tried(capsys, "--host", url, "--dialect", dialect, "--model", "m")
    assert code == 0 and sentence in told, told
    times = [float(at) for at in re.findall(r"^ *([\d.]+) ms  ", told, re.MULTILINE)]
    assert len(times) >= 4 and times == sorted(times)


@pytest.mark.parametrize(
    ("recording", "said", "dialect", "sentences"),
    [
        ("litellm-responses-errors", '"nope"', "openai-responses", ("HTTP 400", "Is the model's name right? Give it with --model")),
        ("openwebui-errors", "Content-Length: 455", "openai", ("HTTP 401: Not authenticated", "$OPENAI_API_KEY, or give --header")),
        ("langgraph-errors", "/threads/00000000", str(EXAMPLE), ("HTTP 404", "with --path")),
        ("agui-errors", "GET /agui", "ag-ui", ("HTTP 405", "with --path")),
        ("agui-errors", '{"messages": []}', "ag-ui", ("HTTP 422: Field required", "another form of question")),
        ("litellm-anthropic-messages", "RATE", "anthropic", ("HTTP 429", "It limits its callers")),
        ("litellm-error-in-stream", "MID", "openai", ("error in stream", "The server had an error")),
        ("vercelnode-errors", '"CUT"', "ai-sdk", ("ended without an end of the reply",)),
        ("langgraph-errors", "BOOM", str(EXAMPLE), ("model broke at once",)),
    ],
)  # fmt: skip
def test_a_failure_is_a_sentence_with_what_to_do(
    recording: str, said: str, dialect: str, sentences: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(exchange(recording, said)) as url:
        code, told = tried(capsys, "--host", url, "--dialect", dialect, "--model", "m")
    assert code == 1 and "it does not work" in told and all(one in told for one in sentences), told


@pytest.mark.parametrize(
    ("reads", "words", "sentence"),
    [
        ([GREETING], ("--dialect", "openai", "--model", "m"), "No web server answers there: is it the right port?"),
        ([ALERT], ("--dialect", "openai", "--model", "m"), "This port speaks TLS: is it https:// instead?"),
        ([PAGE], ("--dialect", "openai", "--model", "m"), "HTTP 501: Error response"),
        ([PAGE], ("--dialect", "openai", "--model", "m"), "Nothing answers questions at /v1/chat/completions"),
        ([MOVED], ("--dialect", "openai", "--model", "m"), "no redirect is followed"),
        ([NOT_FOUND], ("--dialect", "v2"), "is no RezNet AI v2: GET /api/agents?active_only=true answered 404"),
        ([NOT_FOUND], ("--dialect", "open-webui", "--model", "m"), "No Socket.IO server answers at /ws/socket.io/"),
        ([b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"], (), "not as a backend that can be recognised (asked: /api"),
        ([b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"], ("--dialect", "openai"), "--model NAME"),
        ([b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"], ("--dialect", "chainlit"), "is it Chainlit 2?"),
        ([b"x"], ("--dialect", "ag-ui", "--path", "agui"), "--path: read 'agui', expected a path of the backend, like /v1/"),
        ([NOT_FOUND], ("--dialect", "ag-ui"), "give the path of this backend's chat with --path. Is its API AG-UI?"),
        ([b"x"], ("--dialect", "nonesuch"), "is not known; expected chainlit"),
        ([b"x"], ("--dialect", "none.py"), "there is no such Python file"),
    ],
)  # fmt: skip
def test_an_unknown_server_is_reported(
    reads: list[bytes], words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(reads) as url:
        code, told = tried(capsys, "--host", url, *words)
    assert code in (1, 2) and sentence in told, told


def test_litellm_is_recognised_where_its_list_of_models_is_a_500(capsys: pytest.CaptureFixture[str]) -> None:
    """With a master key and without a database, as pip installs it: only its own health call says what it is."""
    refused = b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\nContent-Length: 21\r\n\r\nInternal Server Error"
    alive = b"".join(exchange("litellm-probe", "GET /health/liveliness"))

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while asked := self.request.recv(65_536):
                self.request.sendall(alive if b" /health/liveliness " in asked else refused)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        code, told = tried(capsys, "--host", url, "--model", "m")
        server.shutdown()
    assert code == 1 and f"OpenAI Chat Completions at {url}" in told and "HTTP 500" in told, told


def test_a_missing_server_or_host_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = tried(capsys, "--host", f"http://127.0.0.1:{free_port()}", "--dialect", "ag-ui")
    assert code == 2 and "connection refused; is the backend running" in told
    assert tried(capsys, "--host", "")[0] == 2


def test_the_provider_simulator_speaks_both_apis(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-to-be-shown")
    config = uvicorn.Config(build(Stream(first_token=0.05, gap=0.005, length=12)), port=free_port(), log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    try:
        for dialect in ("openai", "anthropic"):
            words = ("--host", f"http://127.0.0.1:{config.port}", "--dialect", dialect, "--model", "m")
            code, told = tried(capsys, *words)
            assert code == 0 and "tokens, as the backend counts them" in told and "not-to-be-shown" not in told, told
    finally:
        server.should_exit = True
        thread.join(10)


def test_chainlit_is_recognised_and_asked_over_its_socket(capsys: pytest.CaptureFixture[str]) -> None:
    """A real Socket.IO server with the recorded events of a Chainlit, tied to the id that was asked with."""
    port = free_port()
    player = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("chainlit_player.py")), str(port)], cwd=ROOT
    )
    try:
        until = time.monotonic() + 20
        code, told = 2, "connection refused"
        while "connection refused" in told.lower() and time.monotonic() < until:
            code, told = tried(capsys, "--host", f"http://127.0.0.1:{port}")
            time.sleep(0.1)
        assert code == 0 and "Chainlit 2 at" in told and "it works: 192 characters in 40 pieces" in told, told
        assert time.monotonic() < until  # over with the reply, not with the time-out of a first token
    finally:
        player.terminate()
        player.wait(10)


def test_every_dialect_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backends"]) == 0
    listed = capsys.readouterr().out
    described = (ROOT / "docs" / "backends.md").read_text()
    for name in ("v1", "v2", *(one.name for one in OTHERS)):
        assert re.search(rf"^{name} ", listed, re.MULTILINE) and f"`{name}`" in described


def test_a_recorded_configuration_is_recognised() -> None:
    """By what real servers answered to the calls that tell them apart."""
    answers: dict[str, object] = {}
    for name in ("openwebui-probe", "litellm-probe"):
        path = ""
        for line in lines(name):
            path = line.path or path
            if line.way == "in" and (body := line.text.rpartition("\r\n\r\n")[2]).startswith("{"):
                answers[f"{name} {path}"] = json.loads(body) if body.endswith("}") else None
    config = answers["openwebui-probe /api/config"]
    found = [
        one.name for one in OTHERS if one.recognised(lambda path: (200, config if path == "/api/config" else None))
    ]
    assert found == ["open-webui"]


def test_a_reznet_behind_a_login_is_asked_by_options_or_as_an_account(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with target("--messages", "200", "--require-token", "secret-token-1") as ready:
        options = ["--header", "Authorization: Bearer secret-token-1", "--socket-auth", "token=secret-token-1"]
        account = {"headers": {"Authorization": "Bearer secret-token-1"}, "socket_auth": {"token": "secret-token-1"}}
        (tmp_path / "accounts.jsonl").write_text(json.dumps(account) + "\n")
        host = ("--host", ready["url"])
        code, told = tried(capsys, *host)
        assert code == 2 and "answered 401" in told and "give them with --header, --cookie or --accounts" in told, told
        code, told = tried(capsys, *host, *options[:2])
        assert code == 1 and "give --header, --cookie, --socket-auth or --accounts." in told, told
        for given in (options, ["--accounts", str(tmp_path / "accounts.jsonl")]):
            code, told = tried(capsys, *host, *given)
            assert code == 0 and "it works: " in told, told
        code, told = tried(capsys, *host, *options, "--socket-path", "/ws/socket.io/")
        assert code == 1 and "No Socket.IO server answers there" in told and "--socket-path" in told, told
        assert "secret-token-1" not in told
