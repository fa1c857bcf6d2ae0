"""A Chainlit with a login: who signs in and who asks is written to stdout; a reply is 20 tokens."""

from __future__ import annotations

import asyncio

import chainlit as cl


@cl.password_auth_callback
async def sign_in(username: str, password: str) -> cl.User | None:
    """The password of `load-1` is `a-password-of-load-1`."""
    right = password == f"a-password-of-{username}"
    print(f"SIGN-IN {username} {'right' if right else 'wrong'}", flush=True)
    return cl.User(identifier=username) if right else None


@cl.on_message
async def answer(message: cl.Message) -> None:
    """To whoever is signed in."""
    print(f"ASKED {cl.user_session.get('user').identifier}", flush=True)
    reply = cl.Message("")
    for _ in range(20):
        await reply.stream_token("word ")
        await asyncio.sleep(0.005)
    await reply.update()
