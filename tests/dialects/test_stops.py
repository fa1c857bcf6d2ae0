"""How each backend is asked to stop a reply, compared with what real clients sent in the recordings."""

from __future__ import annotations

from pathlib import Path

from reznet_load.chat.dialect import Conversation, Emit, Request
from reznet_load.dialects import chainlit, open_webui
from reznet_load.dialects.every import OTHERS
from reznet_load.protocols.packets import event

RECORDINGS = Path(__file__).parents[1] / "transcripts" / "backends"


def test_chainlit_stops_a_reply_on_an_event_without_an_argument() -> None:
    stop = chainlit.SESSION.stop(chainlit.SESSION.ask(Conversation("c"), "hello")[1])
    frame = event(stop.name, *stop.arguments).decode()
    assert (
        frame == '42["stop"]'
        and f'"{frame.replace(chr(34), chr(92) + chr(34))}"' in (RECORDINGS / "chainlit-stop.jsonl").read_text()
    )


def test_open_webui_is_asked_to_stop_the_task_of_the_question() -> None:
    _, own = open_webui.CHATS.ask(Conversation("c"), "hello")
    assert open_webui.CHATS.stop(own) is None  # no answer yet, so no task is known
    open_webui.CHATS.answered(own, 200, {"status": True, "task_ids": ["3bf0c036-21c7-415b-a576-c484756d0a47"]})
    stop = open_webui.CHATS.stop(own)
    assert stop == Request("POST", "/api/tasks/stop/3bf0c036-21c7-415b-a576-c484756d0a47")
    assert f"{stop.method} {stop.path} HTTP/1.1" in (RECORDINGS / "openwebui-stop.jsonl").read_text()
    open_webui.CHATS.answered(own, 200, {"status": True, "task_ids": ["../../admin"]})
    assert open_webui.CHATS.stop(own) == Request("POST", "/api/tasks/stop/..%2F..%2Fadmin")


def test_every_other_reply_is_stopped_by_closing_the_connection() -> None:
    for dialect in OTHERS:
        if not dialect.has_socket:
            assert dialect.stop(dialect.ask(Conversation("c"), "hello")[1]) is None
    assert Emit("x", None).arguments == (None,) and Emit("x").arguments == ()
