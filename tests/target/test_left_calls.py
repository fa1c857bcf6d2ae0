"""What the simulated provider says of calls whose users left, asked over HTTP as a run asks it."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from reznet_load.core.text.marked_questions import LEFT_PATH, marked, new_mark
from tests.simulated_provider import provider


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with provider("--first-token", "20ms", "--gap", "15ms", "--length", "30", "--shape", "constant") as url:
        yield url


def call(address: str, method: str, path: str, body: Any = None) -> Any:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    connection.request(method, path, json.dumps(body) if body else None)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def streaming(address: str, mark: str, path: str = "/v1/chat/completions") -> http.client.HTTPResponse:
    """An answer of which the first pieces were read."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    said = [{"role": "user", "content": marked("an earlier one", new_mark())}, {"role": "assistant", "content": "yes"}]
    asked = {
        "model": "m",
        "stream": True,
        "max_tokens": 99,
        "messages": [*said, {"role": "user", "content": marked("why?", mark)}],
    }
    connection.request("POST", path, json.dumps(asked))
    answer = connection.getresponse()
    while b"content" not in answer.readline():
        pass
    for _ in range(6):
        answer.readline()
    return answer


def leave(address: str, mark: str) -> None:
    assert call(address, "POST", LEFT_PATH, {"mark": mark}) == {"noted": True}


def until(address: str, true: Callable[[dict[str, Any]], bool], after: int) -> dict[str, Any]:
    limit = time.monotonic() + 10
    while not true(found := call(address, "GET", f"{LEFT_PATH}?after={after}")):
        assert time.monotonic() < limit, found
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
def test_a_call_that_is_cut_is_seen_to_end(address: str, path: str) -> None:
    before, mark = call(address, "GET", LEFT_PATH)["next"], new_mark()
    answer = streaming(address, mark, path)
    answer.close()
    leave(address, mark)
    found = until(address, lambda found: found["next"] > before, before)
    assert len(found["calls"]) == 1 and not found["calls"][0]["whole"] and found["calls"][0]["tokens"] <= 2


def test_a_call_that_goes_on_is_counted_to_its_end(address: str) -> None:
    """As behind a gateway that does not notice that its user has left."""
    before, mark = call(address, "GET", LEFT_PATH)["next"], new_mark()
    answer = streaming(address, mark)
    leave(address, mark)
    assert until(address, lambda found: found["on"] == 1, before)["calls"] == []
    answer.read()
    (seen,) = until(address, lambda found: found["next"] > before, before)["calls"]
    assert seen["whole"] and seen["tokens"] > 15 and 0.2 < seen["seconds"] < 5


def test_a_user_who_stays_and_one_whose_question_never_came_are_told_apart(address: str) -> None:
    before = call(address, "GET", LEFT_PATH)
    streaming(address, new_mark()).read()
    leave(address, new_mark())
    after = call(address, "GET", LEFT_PATH)
    assert after["next"] == before["next"] and after["unseen"] == before["unseen"] + 1
