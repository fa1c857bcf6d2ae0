"""Questions one after another: late errors belong to their own turn, simple questions have their own row, a lost socket
is replaced.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reznet_load.chat.dialect import Emit, Event
from reznet_load.core.money.bill import TURNS, Bill, Item, to_data
from reznet_load.core.money.prices import Price
from reznet_load.core.money.spent import read
from reznet_load.core.rows import TOKENS_ANSWERED, TOKENS_ASKED
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.blocking_session import BlockingSessionError
from reznet_load.dialects.every import DEFAULT
from reznet_load.suite import asker as asking
from reznet_load.suite.record import Record
from reznet_load.suite.suite_spending import SuiteSpending
from reznet_load.verdict import samples
from tests import builders


class Backend:
    """In place of a Conversation: echo, placeholder, two chunks; `late` questions get an error message after their reply."""

    compressed = True
    dialect = DEFAULT

    def __init__(self, late: tuple[int, ...] = (), lost: tuple[int, ...] = ()) -> None:
        self.late, self.lost, self.opened, self.number = late, lost, 0, 0
        self.coming: list[tuple[float, Event]] = []

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        self.coming.clear()

    def take_saved(self) -> tuple[int, int]:
        return 600, 400

    def emit(self, said: Emit) -> None:
        data = said.data
        self.number += 1
        if self.number in self.lost:
            raise BlockingSessionError("disconnected: gone")
        channel, reply = data["channel_id"], f"reply-{self.number}"
        agent = data["content"].split()[0].lstrip("@")
        said = {"channel_id": channel, "author_type": "agent", "author_name": agent}
        events = [
            ("message_new", {"channel_id": channel, "author_type": "user", "content": data["content"], "id": "q"}),
            ("message_new", said | {"content": "", "id": reply}),
            ("message_stream", {"message_id": reply, "chunk": "one ", "is_final": False}),
            ("message_stream", {"message_id": reply, "chunk": "two", "is_final": True}),
        ]
        if self.number in self.late:
            events.append(("message_new", said | {"content": "broken", "id": "e", "metadata": {"error": True}}))
        now = time.perf_counter()
        self.coming += [(now + 0.002 * step, Event(*one)) for step, one in enumerate(events, 1)]

    def listen(self, until: float, hear: Callable[[Event, float], None], enough: Callable[[], bool]) -> None:
        while not enough() and (now := time.perf_counter()) < until:
            due = [one for one in self.coming if one[0] <= now]
            self.coming = [one for one in self.coming if one[0] > now]
            for _, event in due:
                hear(event, now)
            time.sleep(0.001)


def asked(
    folder: Path, backend: Backend, act: Callable[[asking.Asker], Any], paid: Bill | None = None
) -> dict[str, samples.Series]:
    record, channels, spending = Record(), itertools.count(1), SuiteSpending(folder, to_data(paid or Bill()))
    make_channel = lambda: f"channel-{next(channels)}"  # noqa: E731
    act(asking.Asker(Settings(), ("@qa",), backend, record, spending, make_channel))  # type: ignore[arg-type]
    (folder / "samples").mkdir(parents=True)
    record.flush(folder)
    return samples.read(folder, builders.suite_info())


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_PAUSE", 0.0)


def test_an_error_after_a_reply_fails_its_own_turn_and_not_the_next(tmp_path: Path) -> None:
    found = asked(tmp_path, Backend(late=(2,)), lambda asker: asker.ask_until(4))
    turns = found["CHAT agent turn"]
    assert turns.failed.tolist() == [False, True, False, False]
    assert turns.texts[turns.error[1]] == "error after reply: a whole reply, then an error message of the same agent"
    assert found["GAUGE payload saved"].value.tolist() == [40.0] * 4 and len(found["CHAT first token"]) == 4


def test_simple_questions_stay_out_of_the_other_rows(tmp_path: Path) -> None:
    found = asked(tmp_path, Backend(), lambda asker: asker.ask_simply(3))
    assert (
        set(found) == {"CHAT simple agent turn", TOKENS_ASKED.key, TOKENS_ANSWERED.key}
        and len(found["CHAT simple agent turn"]) == 3
    )


def test_a_lost_socket_fails_one_turn_and_is_opened_again(tmp_path: Path) -> None:
    backend = Backend(lost=(2,))
    found = asked(tmp_path, backend, lambda asker: asker.ask_until(3))
    assert found["CHAT agent turn"].failed.sum() >= 1 and len(found["CHAT agent turn"]) == 3 and backend.opened == 1
    assert "disconnected: the socket was lost (disconnect)" in found["CHAT agent turn"].texts


def test_asking_again_asks_only_what_is_missing(tmp_path: Path) -> None:
    found = asked(tmp_path, Backend(), lambda asker: (asker.ask_until(2), asker.ask_until(2), asker.ask_until(3)))
    assert len(found["CHAT agent turn"]) == 3


@pytest.mark.parametrize(("limit", "turns"), [(None, {7}), (100.0, {3, 4, 5})])
def test_what_turns_cost_is_kept_and_ends_the_asking_at_the_limit(
    tmp_path: Path, limit: float | None, turns: set[int]
) -> None:
    dollars = Price(0, 20_000_000)  # a reply of seven characters is two tokens: 40 USD
    paid = Bill((Item(TURNS, "anthropic", "m", 7, 100, 100, dollars),), limit)
    found = asked(tmp_path, Backend(), lambda asker: (asker.ask_simply(2), asker.ask_until(5)), paid)
    asked_in_all = len(found[TOKENS_ANSWERED.key])
    assert asked_in_all in turns  # one ends while the next is asked
    spent = read(tmp_path)["users"]
    assert spent["usd"] == pytest.approx(40 * asked_in_all) and (spent["stopped_at"] > 0) is (limit is not None)
