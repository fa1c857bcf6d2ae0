"""What a Socket.IO client receives, with python-socketio's own client: order, keys, refusals."""

from __future__ import annotations

import gzip
import json
import queue
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx2 as httpx
import pytest
import socketio

from reznet_load.dialects.reznet_payload import expand
from reznet_load.dialects.reznet_places import KEYS

LIMIT = 10.0


class Listener:
    """A client that keeps every event, with long keys, in order."""

    def __init__(self, url: str) -> None:
        self.client, self.heard = socketio.Client(reconnection=False), queue.Queue[tuple[str, Any]]()
        self.client.on("*", lambda name, *data: self.heard.put((name, data[0] if data else None)))
        self.client.connect(url, transports=["websocket"])

    def until(self, last: Callable[[str, dict[str, Any]], object]) -> list[tuple[str, dict[str, Any]]]:
        """Everything up to and with the first event that `last` knows."""
        found, deadline = [], time.monotonic() + LIMIT
        while True:
            name, raw = self.heard.get(timeout=max(0.01, deadline - time.monotonic()))
            data = expand(raw, KEYS) if isinstance(raw, dict) else raw
            found.append((name, data))
            if last(name, data):
                return found


@pytest.fixture
def listener(ready: dict[str, Any]) -> Iterator[Listener]:
    one = Listener(ready["url"])
    yield one
    one.client.disconnect()


@pytest.fixture
def channel(ready: dict[str, Any]) -> str:
    name = f"test-{uuid.uuid4().hex[:10]}"
    return httpx.post(f"{ready['url']}/api/channels", json={"name": name}).json()["id"]


def online(name: str, data: dict[str, Any]) -> bool:
    return name == "agent_status" and data["status"] == "online"


def test_a_streamed_reply_in_the_dialects_order(ready: dict[str, Any], listener: Listener, channel: str) -> None:
    listener.client.emit("message_send", {"channel_id": channel, "content": "@qa why?", "author_name": "u"})
    heard = [one for one in listener.until(online) if one[0] != "connection_established"]
    chunks = [data for name, data in heard if name == "message_stream"]
    rest = [name for name, data in heard if name != "message_stream" or data["is_final"]]
    end = ["message_stream", "message_update"] if ready["dialect"] == "v1" else ["message_update", "message_stream"]
    assert rest == ["message_new", "agent_status", "message_new", *end, "agent_status"]
    echo, placeholder = (data for name, data in heard if name == "message_new")
    assert (echo["author_type"], echo["content"], placeholder["content"]) == ("user", "@qa why?", "")
    update = next(data for name, data in heard if name == "message_update")
    assert "".join(chunk["chunk"] for chunk in chunks) == update["content"] and len(chunks) > 3
    assert {chunk["message_id"] for chunk in chunks} == {placeholder["id"]} == {update["id"]}
    assert placeholder["metadata"].get("in_reply_to") == (echo["id"] if ready["dialect"] == "v2" else None)
    assert [chunk["is_final"] for chunk in chunks] == [False] * (len(chunks) - 1) + [True]


def test_only_v1_shortens_messages_and_counts_time_in_milliseconds(
    ready: dict[str, Any], listener: Listener, channel: str
) -> None:
    listener.client.emit("message_send", {"channel_id": channel, "content": "short", "author_name": "u"})
    while True:
        name, data = listener.heard.get(timeout=LIMIT)
        if name == "message_new":
            break
    if ready["dialect"] == "v1":
        assert data["c"] == "short" and abs(data["ts"] / 1000 - time.time()) < 60
    else:
        assert data["content"] == "short" and data["created_at"].startswith("20")


def test_a_busy_agent_says_so_and_nothing_else_comes(listener: Listener, channel: str) -> None:
    for text in ("@qa one", "@qa two"):
        listener.client.emit("message_send", {"channel_id": channel, "content": text, "author_name": "u"})
    heard = listener.until(online)
    busy = [data for name, data in heard if name == "message_new" and data["author_type"] == "system"]
    assert [data["metadata"]["busy"] for data in busy] == [True]
    assert len([1 for name, data in heard if name == "message_new" and data["author_type"] == "agent"]) == 1


def test_v1_sends_unaddressed_text_to_its_orchestrator(ready: dict[str, Any], listener: Listener, channel: str) -> None:
    listener.client.emit(
        "message_send", {"channel_id": channel, "content": "what is going on here", "author_name": "u"}
    )
    listener.client.emit("ping", {"timestamp": 7})
    if ready["dialect"] == "v1":
        heard = listener.until(online)
        (whole,) = [d for n, d in heard if n == "message_new" and d["author_type"] == "agent"]
        assert whole["author_name"] == "@orchestrator" and whole["content"]
    else:
        heard = listener.until(lambda name, _: name == "pong")
        assert not [name for name, _ in heard if name == "agent_status"]


def test_a_direct_channel_asks_its_agent_whatever_the_text(targets: dict[str, dict[str, Any]]) -> None:
    url = targets["v1"]["url"]
    agent = next(a for a in httpx.get(f"{url}/api/agents").json() if a["name"] == "@backend")
    direct = httpx.get(f"{url}/api/agents/{agent['id']}/dm-channel").json()["id"]
    one = Listener(url)
    try:
        one.client.emit("message_send", {"channel_id": direct, "content": "@qa hi", "author_name": "u"})
        assert one.until(online)[-1][1]["agent_name"] == "@backend"
    finally:
        one.client.disconnect()


@pytest.mark.parametrize(
    ("event", "data", "text"),
    [
        ("message_send", {"channel_id": "not-a-uuid", "content": "x"},
         "Error processing message: badly formed hexadecimal UUID string"),
        ("message_send", {"content": "no channel"}, "Error processing message: 'channel_id'"),
        ("agent_invoke", {"agent_name": "nobody", "message": "x"}, "Error invoking agent: Agent not found: @nobody"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_the_recorded_words(listener: Listener, event: str, data: dict, text: str) -> None:
    listener.client.emit(event, data)
    assert listener.until(lambda name, _: name == "error")[-1][1] == {"message": text}


def test_a_ping_is_answered_and_stats_are_sent(listener: Listener) -> None:
    listener.client.emit("ping", {"timestamp": 42})
    assert listener.until(lambda name, _: name == "pong")[-1][1] == {"timestamp": 42}
    listener.client.emit("get_stats", {})
    assert listener.until(lambda name, _: name == "stats_response")[-1][1]["connections"] >= 1


def test_typing_events_come_in_batches_that_v1_sends_twice(
    ready: dict[str, Any], listener: Listener, channel: str
) -> None:
    for name in ("a", "b"):
        listener.client.emit("typing_start", {"channel_id": channel, "user_name": name})
    typing = lambda name, data: name == "message_batch" and data["messages"][0]["e"] == "user_typing"  # noqa: E731
    batch = listener.until(typing)[-1][1]
    times = 2 if ready["dialect"] == "v1" else 1
    assert [item["d"]["user_name"] for item in batch["messages"]] == [n for n in ("a", "b") for _ in range(times)]


def test_a_large_message_comes_gzipped(listener: Listener, channel: str) -> None:
    text = "long words " * 2000
    listener.client.emit("message_send", {"channel_id": channel, "content": f"@nobody {text}", "author_name": "u"})
    name, packed = listener.until(lambda name, _: name.startswith("message_new"))[-1]
    assert (
        name == "message_new:gz" and expand(json.loads(gzip.decompress(packed)), KEYS)["content"] == f"@nobody {text}"
    )


def test_the_mirror_namespace_is_v1s_own(targets: dict[str, dict[str, Any]]) -> None:
    one = socketio.Client(reconnection=False)
    one.connect(targets["v1"]["url"], transports=["websocket"], namespaces=["/ws"])
    one.disconnect()
    other = socketio.Client(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        other.connect(targets["v2"]["url"], transports=["websocket"], namespaces=["/ws"], wait_timeout=3)
