"""A Chainlit that streams 40 tokens; BOOM, MID, TOOL and WHOLE by the question."""

from __future__ import annotations

import asyncio

import chainlit as cl

WORDS = ("alpha ", "beta ", "gamma ", "delta ")


@cl.on_chat_start
async def welcome() -> None:
    """What is said unasked belongs to no question."""
    await cl.Message("Welcome").send()


@cl.step(type="tool")
async def get_weather(city: str) -> str:
    """Of a city."""
    return f"sunny in {city}"


@cl.on_message
async def answer(message: cl.Message) -> None:
    """As the question wants it."""
    asked = message.content
    if "BOOM" in asked:
        raise RuntimeError("boom in the handler")
    if "WHOLE" in asked:
        await cl.Message("a whole reply").send()
        return
    if "TOOL" in asked:
        await get_weather("Paris")
    reply = cl.Message("")
    for number in range(40):
        if "MID" in asked and number == 20:
            raise RuntimeError("broke in the middle")
        await reply.stream_token(WORDS[number % 4])
        await asyncio.sleep(0.005)
    await reply.update()
