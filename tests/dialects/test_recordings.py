"""Each recording of the six dialects and of LangGraph, replayed at its recorded times, gives the expected turns.

The expected times were read from the frames by hand: the question, the first frame with text, and the frame that ends the
reply or reports an error.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reznet_load.chat.dialect import OwnQuestion
from reznet_load.chat.streamed import StreamedTurn
from reznet_load.chat.turn import Turn
from reznet_load.dialects import ag_ui, ai_sdk, anthropic, of_file, openai
from tests.dialects.recordings import FOLDER, LIMITS, lines, of_chainlit, of_open_webui, outcome, over_http

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "langgraph.py"
NO_QUESTION = [name.stem for name in FOLDER.glob("*.jsonl") if re.search("probe|heartbeat|sign|polling", name.stem)]
BY_CURL = "litellm-no-prisma-401"  # curl changed it: the chunks are joined, and the line ends differ


HTTP = (  # (beginning of a recording's name, dialect, pattern of the paths of questions); the first match counts
    ("openwebui-direct", openai.CHAT, r"/api/chat/completions"),
    ("litellm-anthropic", anthropic.MESSAGES, r"/v1/messages"),
    ("litellm", openai.CHAT, r"/v1/(chat/completions|responses)"),
    ("agui", ag_ui.AGENT, r"/agui"),
    ("vercel", ai_sdk.UI_STREAM, r"/(vercel|api/chat|text).*"),
    ("langgraph", of_file.load(str(EXAMPLE)), r".*/runs/stream"),
)


def replayed(name: str) -> list[Turn]:
    """The turns of a recording."""
    for begin, dialect, paths in HTTP:
        if name.startswith(begin):
            return over_http(name, dialect, paths)
    return of_chainlit(name) if name.startswith("chainlit") else of_open_webui(name)


# Recording -> (how the turn ended, characters of text, ms to the first token, ms to the end) of each question.
EXPECTED: dict[str, list[tuple[str, int, float | None, float | None]]] = {
    "agui-client-disconnect": [("open", 65, 157.4, None)],
    "agui-errors": [
        ("error", 0, None, 158.1),
        ("error in stream", 96, 157.6, 578.1),
        ("error", 0, None, 0.9),
        ("error", 0, None, 0.1),
        ("error", 0, None, 0.3),
        ("ok", 192, 474.4, 1311.7),
    ],
    "agui-question": [("ok", 192, 158.9, 994.9), ("ok", 192, 155.2, 995.0)],
    "agui-reasoning": [("ok", 192, 243.3, 1085.9)],
    "agui-tool": [("ok", 192, 476.1, 1316.0)],
    "chainlit-auth-variants": [
        ("open", 0, None, None),
        ("open", 0, None, None),
        ("open", 0, None, None),
        ("ok", 13, 6.1, 6.2),
    ],
    "chainlit-disconnect-resume": [("open", 59, 160.1, None), ("ok", 192, 159.6, 974.5)],
    "chainlit-errors": [
        ("error", 0, None, 5.1),
        ("error", 0, None, 9.3),
        ("error in stream", 96, 160.0, 569.4),
        ("error in stream", 96, 159.9, 569.0),
        ("error", 0, None, 1.7),
    ],
    "chainlit-header-auth": [("ok", 13, 6.7, 6.9)],
    "chainlit-password-auth": [("ok", 13, 5.8, 5.8)],
    "chainlit-question": [("ok", 192, 160.9, 975.3), ("ok", 192, 160.4, 973.7)],
    "chainlit-second-before-end": [("ok", 192, 158.6, 974.9), ("ok", 192, 160.6, 980.8)],
    "chainlit-stop": [("error in stream", 59, 160.2, 403.5)],
    "chainlit-two-sessions": [("ok", 192, 159.6, 982.0), ("ok", 192, 162.2, 981.3)],
    "chainlit-whole-and-step": [("ok", 13, 5.8, 5.9), ("ok", 192, 264.0, 1072.2)],
    "langgraph-disconnect-join": [("open", 17, 1152.1, None)],
    "langgraph-errors": [
        ("error", 0, None, 945.0),
        ("error in stream", 17, 1158.0, 1523.2),
        ("error", 0, None, 0.9),
        ("error", 0, None, 1.0),
        ("error", 0, None, 0.7),
        ("error", 0, None, 0.7),
    ],
    "langgraph-messages-cumulative": [("ok", 192, 1152.4, 1968.9)],
    "langgraph-question": [("ok", 192, 692.8, 1507.0)],
    "langgraph-second-before-end": [
        ("ok", 32, 1149.4, 1873.3),
        ("ok", 32, 1727.2, 2450.5),
        ("ok", 32, 1153.8, 1877.9),
        ("error", 0, None, 2.0),
        ("error", 0, None, 501.5),
        ("ok", 32, 853.5, 1578.4),
    ],
    "langgraph-slow-first-token": [("ok", 32, 22937.0, 23661.4)],
    "langgraph-stateless": [("ok", 96, 1156.7, 1968.4)],
    "langgraph-two-threads": [("ok", 32, 1151.0, 1874.4), ("ok", 32, 2027.5, 2752.3)],
    "litellm-anthropic-messages": [
        ("ok", 192, 176.6, 993.1),
        ("error in stream", 96, 165.6, 574.1),
        ("error", 0, None, 27.1),
        ("error", 0, None, 5.7),
    ],
    "litellm-chat-accept-gzip": [("ok", 192, 160.9, 979.4)],
    "litellm-chat-stream": [("ok", 192, 282.1, 1101.4), ("ok", 192, 160.4, 977.2)],
    "litellm-client-disconnect": [("open", 65, 160.6, None), ("ok", 192, 167.0, 979.4)],
    "litellm-error-in-stream": [("error in stream", 96, 159.3, 588.2), ("error in stream", 96, 162.7, 589.0)],
    "litellm-reasoning-and-tool": [("ok", 192, 282.2, 1098.6), ("ok", 0, None, 283.2)],
    "litellm-responses-errors": [
        ("ok", 192, 288.0, 1113.3),
        ("ok", 0, None, 296.6),
        ("error in stream", 96, 169.5, 596.4),
        ("error", 0, None, 31.6),
        ("error", 0, None, 7.3),
        ("error", 0, None, 2.9),
    ],
    "litellm-responses-stream": [("ok", 192, 723.1, 1537.4)],
    "litellm-slow-first-token": [("ok", 192, 25161.0, 25977.9)],
    "litellm-whole": [("ok", 47, 968.0, 968.0), ("ok", 192, 166.5, 980.5)],
    "openwebui-background-tasks": [("ok", 192, 191.9, 1017.4)],
    "openwebui-direct-sse-compressed": [("ok", 192, 161.4, 972.0)],
    "openwebui-direct-sse": [
        ("ok", 192, 161.9, 978.9),
        ("error in stream", 96, 161.8, 569.7),
        ("error", 0, None, 11.9),
        ("error in stream", 96, 163.5, 573.0),
    ],
    "openwebui-disconnect-resume": [("ok", 118, 181.3, 1012.0)],
    "openwebui-errors": [
        ("error", 0, None, 1.9),
        ("error", 0, None, 3.9),
        ("error", 0, None, 5.2),
        ("error", 0, None, 30.3),
        ("error", 0, None, 32.7),
        ("error in stream", 96, 179.2, 589.9),
        ("error in stream", 96, 180.0, 592.1),
    ],
    "openwebui-question": [("ok", 192, 218.4, 1037.2), ("ok", 192, 183.6, 1003.4)],
    "openwebui-reasoning": [("ok", 192, 302.6, 1123.5)],
    "openwebui-session-id-any": [("ok", 192, 206.1, 1042.2)],
    "openwebui-stop": [("error in stream", 59, 182.8, 423.7)],
    "openwebui-temporary-chat": [("ok", 192, 169.9, 985.8)],
    "openwebui-tool": [("ok", 192, 463.5, 1283.1)],
    "vercel-client-disconnect": [("open", 65, 155.0, None)],
    "vercel-question": [("ok", 192, 162.0, 999.3), ("ok", 192, 154.5, 1001.0)],
    "vercel-reasoning": [("ok", 192, 242.3, 1091.3)],
    "vercel-sdk6-tool": [("ok", 192, 476.8, 1317.9)],
    "vercel-tool": [("ok", 192, 479.2, 1329.0)],
    "vercelnode-errors": [
        ("error", 0, None, 9.9),
        ("error", 0, None, 6.3),
        ("error in stream", 96, 154.6, 562.1),
        ("error in stream", 96, 156.8, 569.7),
        ("error", 0, None, 1.0),
        ("ok", 96, 157.2, 568.2),
    ],
    "vercelnode-gzip-buffered": [("ok", 192, 1010.3, 1010.3)],
    "vercelnode-gzip-flushed": [("ok", 192, 157.1, 969.9)],
    "vercelnode-question": [("ok", 192, 194.3, 1012.0), ("ok", 192, 157.4, 979.7), ("ok", 192, 154.4, 966.2)],
    "vercelnode-slow-first-token": [("ok", 192, 25178.7, 25991.2)],
    "vercelnode-tool-whole": [("ok", 46, 330.2, 540.8)],
    "vercelnode-tool-reasoning": [("ok", 192, 277.0, 1089.5), ("ok", 192, 432.4, 1248.4)],
}


def test_every_recording_is_in_the_table() -> None:
    assert {path.stem for path in FOLDER.glob("*.jsonl")} == {*EXPECTED, *NO_QUESTION, BY_CURL}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recording_gives_its_turns(name: str) -> None:
    found = [outcome(turn) for turn in replayed(name)]
    assert [one[:2] for one in found] == [one[:2] for one in EXPECTED[name]]
    for one, expected in zip(found, EXPECTED[name], strict=True):
        assert one[2:] == pytest.approx(expected[2:], abs=1)


@pytest.mark.parametrize("name", [name for name in EXPECTED if "tool" in name and not name.startswith("openwebui")])
def test_a_tool_call_is_counted_once(name: str) -> None:
    """Several events may name a call if its input is streamed."""
    assert sum(turn.tools for turn in replayed(name)) == 1


@pytest.mark.parametrize("name", NO_QUESTION)
def test_a_recording_without_a_question_gives_no_turn(name: str) -> None:
    assert replayed(name) == []


@pytest.mark.parametrize("name", [name for name in EXPECTED if not re.search("gzip|disconnect", name)])
def test_the_first_token_is_the_first_frame_with_text(name: str) -> None:
    """The raw frames are searched, without our parsers."""
    seen = lines(name)
    with_text = [line.at for line in seen if line.way == "in" and re.search(r"alpha |a whole reply", line.text)]
    for turn in replayed(name):
        if turn.first_token_at is not None:
            first = turn.first_token_at
            assert any(0 <= first - at < 0.001 for at in with_text)  # an event may end in the next read
            between = [at for at in with_text if turn.asked_at <= at < first - 0.001]
            assert not between or "second-before" in name or "two" in name, (turn.asked_at, between)


# Beginning of a recording's name -> pattern of the frame that ends a reply.
ENDS = {
    "agui": "RUN_FINISHED",
    "vercel": '"type":"finish"|(^|\n)0\r\n\r\n$',  # a plain text stream ends with its body
    "litellm-anthropic": "message_stop",
    "litellm-responses": "response.completed",
    "litellm": '"finish_reason":"(stop|tool_calls)"',
    "openwebui-direct": '"finish_reason": ?"stop"',
}


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.startswith(tuple(ENDS)) and "gzip" not in name])
def test_a_reply_ends_with_the_first_frame_that_reports_its_end(name: str) -> None:
    """The raw frames are searched, without our parsers."""
    end = next(pattern for begin, pattern in ENDS.items() if name.startswith(begin))
    at_ends = [line.at for line in lines(name) if line.way == "in" and re.search(end, line.text)]
    for turn in replayed(name):
        if turn.failure is None and turn.final_at is not None:
            first = next(at for at in at_ends if at >= turn.asked_at)
            assert 0 <= turn.final_at - first < 0.001, (turn.final_at, first)


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.startswith(tuple(one[0] for one in HTTP))])
def test_reads_of_one_byte_give_the_same_text_and_outcome(name: str) -> None:
    dialect = next(one for begin, one, _ in HTTP if name.startswith(begin))
    whole, single = [], []
    for answer in answers(name):
        for found, parts in ((whole, answer), (single, [bytes((byte,)) for part in answer for byte in part])):
            turn = Turn(OwnQuestion("", ""), 0.0, LIMITS, False)
            streamed = StreamedTurn(turn, dialect)
            for number, part in enumerate(parts):
                streamed.feed(part, number / 1e6)
            found.append((turn.failure, turn.said, turn.text_length, turn.tools, turn.tokens))
    assert whole == single


def answers(name: str) -> list[list[bytes]]:
    """The reads of each answer: what came on a connection after a request."""
    found: dict[str, list[list[bytes]]] = {}
    for line in lines(name):
        if line.path:
            found.setdefault(line.conn, []).append([])
        elif line.way == "in" and line.conn in found:
            found[line.conn][-1].append(line.data)
    return [answer for of_conn in found.values() for answer in of_conn]
