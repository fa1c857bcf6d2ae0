"""Real Chainlit, pydantic-ai (AG-UI, Vercel UI stream), LangGraph and node's `ai`, asked by `reznet-load try`.

`make check-outside`: they are installed from the registry into environments of their own below REZNET_LOAD_OUTSIDE.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from reznet_load.core.settings.settings import Settings
from reznet_load.drive.try_one import Trial, ask
from tests.outside.backends.installed import MARKS
from tests.outside.backends.servers import BACKENDS, STREAMS, Server

pytestmark = MARKS
ALL = tuple(BACKENDS)
HTTP_APPS = ("ag-ui", "ai-sdk", "node", "node-6")  # whose application answers before its adapter does
CASES = (
    ("hello", 0, "230 characters in 40 pieces", ALL),
    ("TOOL please", 0, "calls the tool get_weather", tuple(name for name in ALL if name != "langgraph")),  # it has none
    ("REFUSED", 1, "it does not work: error: HTTP 429: too many questions\n  It limits its callers", HTTP_APPS),
    ("BOOM", 1, "it does not work: error:", ALL),
    ("MID", 1, "it does not work: error in stream:", ALL),
    ("COUNT 1", 0, "6 characters in 1 piece", STREAMS),
)


def tried(server: Server, question: str, model: str = "") -> tuple[int, str]:
    """Exit code and words of `reznet-load try`."""
    said: list[str] = []
    trial = Trial(server.backend.dialect, server.backend.path, model, question)
    code = ask(Settings(host=server.url), trial, said.append)
    return code, "\n".join(said)


@pytest.mark.parametrize(
    ("name", "question", "code", "sentence"),
    [(name, question, code, sentence) for question, code, sentence, names in CASES for name in names],
)
def test_a_question_ends_as_the_backend_ended_it(
    name: str, question: str, code: int, sentence: str, server: Callable[[str], Server]
) -> None:
    got, said = tried(server(name), question)
    assert got == code and sentence in said, said


@pytest.mark.parametrize("name", ALL)
def test_two_at_once_have_a_reply_each(name: str, server: Callable[[str], Server]) -> None:
    asked = server(name)
    with ThreadPoolExecutor(2) as pool:
        for code, said in pool.map(lambda text: tried(asked, text), ["hello", "and hello"]):
            assert code == 0 and "230 characters in 40 pieces" in said, said


def test_a_whole_reply_of_chainlit_is_one_piece(server: Callable[[str], Server]) -> None:
    code, said = tried(server("chainlit"), "WHOLE")
    assert code == 0 and "13 characters in 1 piece" in said, said


@pytest.mark.parametrize("name", STREAMS)
def test_a_path_that_is_not_there_is_said_with_what_to_do(name: str, server: Callable[[str], Server]) -> None:
    asked = server(name)
    said: list[str] = []
    trial = Trial(asked.backend.dialect, "/not/there")
    assert ask(Settings(host=asked.url), trial, said.append) == 1
    assert "HTTP 404" in said[-1] and "give the path of this backend's chat with --path" in said[-1]


def test_an_assistant_that_langgraph_has_not_is_said_with_what_to_do(server: Callable[[str], Server]) -> None:
    code, said = tried(server("langgraph"), "hello", model="nothing")
    assert code == 1 and "it does not work: error: HTTP 4" in said, said
