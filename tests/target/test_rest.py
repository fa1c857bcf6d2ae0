"""The REST table of the contract, both dialects."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx2 as httpx
import pytest
import redis

NOBODY = str(uuid.UUID(int=0))
AGENT = {"id", "name", "agent_type", "persona", "config", "is_active", "created_at", "updated_at"}
CHANNEL = {"id", "name", "topic", "channel_type", "dm_agent_id", "is_archived", "created_at", "updated_at"}
MESSAGE = {
    "id",
    "channel_id",
    "author_id",
    "author_type",
    "author_name",
    "content",
    "thread_id",
    "metadata",
    "created_at",
}


@pytest.fixture
def api(ready: dict[str, Any]):
    with httpx.Client(base_url=ready["url"], timeout=10) as client:
        yield client


@pytest.fixture
def keys(ready: dict[str, Any]):
    with redis.Redis.from_url(ready["redis_url"], decode_responses=True) as client:
        yield client


def prefix(ready: dict[str, Any]) -> str:
    return "reznet:" if ready["dialect"] == "v1" else ""


def new_channel(api: httpx.Client, **more: str) -> dict[str, Any]:
    return api.post("/api/channels", json={"name": f"test-{uuid.uuid4().hex[:10]}", **more}).json()


def test_health_answers_where_the_dialect_has_it(api: httpx.Client, ready: dict[str, Any]) -> None:
    here, there = ("/api/health", "/health") if ready["dialect"] == "v1" else ("/health", "/api/health")
    assert api.get(there).status_code == 404
    body = api.get(here).json()
    if ready["dialect"] == "v1":
        assert body["status"] == "healthy"
    else:
        assert body == {"status": "ok", "postgres": True, "redis": True}


def test_agents(api: httpx.Client, ready: dict[str, Any]) -> None:
    agents = api.get("/api/agents", params={"active_only": "true"}).json()
    mark = "@" if ready["dialect"] == "v1" else ""
    assert {a["name"] for a in agents} == {mark + n for n in ("orchestrator", "backend", "frontend", "qa", "devops")}
    assert all(agent.keys() >= AGENT for agent in agents)
    assert agents[0]["persona"].keys() >= {"role", "goal", "backstory", "capabilities"}
    assert agents[0]["config"].keys() >= {"model", "temperature", "max_tokens"}
    one = agents[1]
    assert api.get(f"/api/agents/{one['id']}").json() == one
    assert api.get(f"/api/agents/name/{one['name']}").json() == one


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/agents/{}"), ("GET", "/api/agents/name/nobody"), ("GET", "/api/channels/{}"),
        ("DELETE", "/api/channels/{}"), ("POST", "/api/channels/{}/clear"), ("PATCH", "/api/agents/{}/activate"),
        ("POST", "/api/agents/{}/invoke"), ("GET", "/api/agents/{}/dm-channel"), ("GET", "/api/nothing"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("who", [NOBODY, "not-a-uuid"])
def test_a_missing_item_is_404_in_the_dialects_format(
    api: httpx.Client, ready: dict[str, Any], method: str, path: str, who: str
) -> None:
    answer = api.request(method, path.format(who), json={})
    assert answer.status_code == 404
    assert list(answer.json()) == ["detail" if ready["dialect"] == "v1" else "error"]


def test_an_agent_answers_whole_when_invoked(api: httpx.Client) -> None:
    agent = api.get("/api/agents").json()[1]
    body = api.post(f"/api/agents/{agent['id']}/invoke", json={"message": "why?", "context": {}}).json()
    assert (body["agent_id"], body["agent_name"]) == (agent["id"], agent["name"])
    assert body["response"].strip() and isinstance(body["metadata"], dict)


def test_channels_are_made_once_listed_and_archived(api: httpx.Client, ready: dict[str, Any]) -> None:
    name = f"test-{uuid.uuid4().hex[:10]}"
    made = api.post("/api/channels", json={"name": name, "topic": "t"})
    assert made.status_code == (200 if ready["dialect"] == "v1" else 201) and made.json().keys() >= CHANNEL
    assert api.post("/api/channels", json={"name": name}).status_code == 400
    assert api.post("/api/channels", json={"name": "x" * 101}).status_code == 422
    assert api.post("/api/channels", content=b"junk").status_code == 422
    here = f"/api/channels/{made.json()['id']}"
    assert name in {c["name"] for c in api.get("/api/channels").json()}
    assert api.delete(here).status_code == 200
    assert name not in {c["name"] for c in api.get("/api/channels").json()}
    assert api.get(here).json()["is_archived"] is True  # the row stays


def test_messages_come_oldest_first_from_the_newest_page(api: httpx.Client) -> None:
    channel = next(c for c in api.get("/api/channels").json() if c["name"] == "general")
    page = api.get(f"/api/channels/{channel['id']}/messages", params={"limit": 5}).json()
    older = api.get(f"/api/channels/{channel['id']}/messages", params={"limit": 5, "offset": 5}).json()
    times = [m["created_at"] for m in (*older, *page)]
    assert len(times) == 10 and times == sorted(times) and page[0].keys() >= MESSAGE
    assert len(api.get(f"/api/channels/{channel['id']}/messages").json()) == 100


def test_a_cleared_channel_hides_what_was_said(api: httpx.Client) -> None:
    channel = next(c for c in api.get("/api/channels").json() if c["name"] == "releases")
    assert api.get(f"/api/channels/{channel['id']}/messages").json()
    assert api.post(f"/api/channels/{channel['id']}/clear").status_code == 200
    assert api.get(f"/api/channels/{channel['id']}/messages").json() == []


def test_a_direct_channel_is_made_on_first_use(api: httpx.Client) -> None:
    agent = api.get("/api/agents").json()[2]
    first, again = (api.get(f"/api/agents/{agent['id']}/dm-channel").json() for _ in range(2))
    assert first["id"] == again["id"] and first["name"] == f"dm-{agent['name'].lstrip('@')}"
    assert (first["channel_type"], first["dm_agent_id"]) == ("dm", agent["id"])


@pytest.mark.parametrize("path", ["/api/stats", "/api/llm-config", "/api/tasks", "/api/workflows"])
def test_the_other_rest_calls_answer(api: httpx.Client, path: str) -> None:
    assert api.get(path).status_code == 200


def test_v1_reports_its_own_figures_and_v2_does_not(api: httpx.Client, ready: dict[str, Any]) -> None:
    for what, key in (("cache", "cache_metrics"), ("websocket", "websocket_metrics"), ("database", "pool")):
        answer = api.get(f"/api/performance/{what}")
        assert answer.status_code == (200 if ready["dialect"] == "v1" else 404)
        assert ready["dialect"] == "v2" or key in answer.json()


def test_headers_time_each_answer_and_count_its_own_queries(api: httpx.Client) -> None:
    channel = api.get("/api/channels").json()[0]
    headers = api.get(f"/api/channels/{channel['id']}/messages").headers
    assert re.fullmatch(r"\d+\.\d\dms", headers["x-process-time"]) and headers["x-query-time"].endswith("ms")
    assert headers["x-query-count"] == "1" and api.get("/api/channels").headers["x-query-count"] == "0"  # cached by now


def test_answers_are_cached_with_the_contracts_keys_and_lifetimes(
    api: httpx.Client, keys: redis.Redis, ready: dict[str, Any]
) -> None:
    agent, channel = api.get("/api/agents").json()[1], api.get("/api/channels").json()[0]
    api.get(f"/api/agents/{agent['id']}")
    api.get(f"/api/agents/name/{agent['name']}")
    api.get(f"/api/channels/{channel['id']}")
    p = prefix(ready)
    for key, seconds in {
        f"{p}agents:list:active=True": 1800, f"{p}agents:{agent['id']}": 3600, f"{p}agents:{agent['name']}": 3600,
        f"{p}channels:list:active": 600, f"{p}channels:{channel['id']}": 600,
    }.items():  # fmt: skip
        assert seconds - 60 < keys.ttl(key) <= seconds, key


def test_a_changed_agent_is_invalidated_and_read_again(
    api: httpx.Client, keys: redis.Redis, ready: dict[str, Any]
) -> None:
    agent = next(a for a in api.get("/api/agents").json() if a["name"].endswith("devops"))
    one, listed = f"{prefix(ready)}agents:{agent['id']}", f"{prefix(ready)}agents:list:active=True"
    api.get(f"/api/agents/{agent['id']}")
    assert keys.exists(one, listed) == 2
    try:
        assert api.patch(f"/api/agents/{agent['id']}/deactivate").json()["is_active"] is False
        assert keys.exists(one, listed) == 0
        assert agent["id"] not in {a["id"] for a in api.get("/api/agents").json()}
        assert api.get(f"/api/agents/{agent['id']}").json()["is_active"] is False
    finally:
        api.patch(f"/api/agents/{agent['id']}/activate")
    assert agent["id"] in {a["id"] for a in api.get("/api/agents").json()}


def test_a_new_and_an_archived_channel_change_the_list(
    api: httpx.Client, keys: redis.Redis, ready: dict[str, Any]
) -> None:
    listed = f"{prefix(ready)}channels:list:active"
    api.get("/api/channels")
    made = new_channel(api)
    assert not keys.exists(listed)
    api.get("/api/channels")
    api.get(f"/api/channels/{made['id']}")
    api.delete(f"/api/channels/{made['id']}")
    assert not keys.exists(listed, f"{prefix(ready)}channels:{made['id']}")
