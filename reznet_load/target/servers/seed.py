"""Data as in production: five agents, eight channels, and messages over 90 days; the same for the same seed."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg

from reznet_load.target.words import sentence

AGENTS = {
    "orchestrator": ("Plans work and hands it to the others", ["planning", "delegation"]),
    "backend": ("Builds APIs and databases", ["python", "sql", "caching"]),
    "frontend": ("Builds what people see", ["typescript", "css", "accessibility"]),
    "qa": ("Finds what others missed", ["testing", "regressions"]),
    "devops": ("Keeps it running", ["deployment", "monitoring"]),
}
# Name of a channel -> its share of the messages: one channel is busy, and the others have few messages.
CHANNELS = {
    "general": 0.34,
    "engineering": 0.22,
    "backend": 0.14,
    "frontend": 0.10,
    "incidents": 0.08,
    "design": 0.06,
    "random": 0.04,
    "releases": 0.02,
}
PEOPLE = ("alex", "bea", "chen", "dana", "emre", "fatima", "goran", "hana", "ivo", "jun")
_DAYS = 90


def fill(connection: psycopg.Connection, agent_mark: str, messages: int, model: str, seed: int = 47) -> None:
    """Create agents, channels and `messages` messages; do nothing if there are agents already.

    Cost: 50 000 messages take about two seconds.
    """
    if connection.execute("SELECT 1 FROM agents LIMIT 1").fetchone():
        return
    rng = random.Random(seed)
    agents = _agents(connection, agent_mark, model)
    channels = [(_uuid(rng), name) for name in CHANNELS]
    with connection.cursor().copy("COPY channels (id, name, topic) FROM STDIN") as copy:
        for channel, name in channels:
            copy.write_row((channel, name, f"All about {name}"))
    columns = "id, channel_id, author_id, author_type, author_name, content, thread_id, metadata, created_at"
    with connection.cursor().copy(f"COPY messages ({columns}) FROM STDIN") as copy:  # type: ignore[arg-type]
        for row in _messages(rng, channels, agents, messages):
            copy.write_row(row)
    connection.execute("INSERT INTO tasks (title) VALUES ('Speed up the agent list'), ('Write the release notes')")
    connection.execute("INSERT INTO workflows (name) VALUES ('Release 2.1')")
    connection.execute("INSERT INTO workspace (name) VALUES ('RezNet')")
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")


def _uuid(rng: random.Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def _agents(connection: psycopg.Connection, mark: str, model: str) -> list[tuple[uuid.UUID, str]]:
    agents = []
    for name, (goal, skills) in AGENTS.items():
        shown = mark + name
        persona = {"role": name, "goal": goal, "backstory": f"{goal} since the first commit.", "capabilities": skills}
        config = {"model": model, "temperature": 0.7, "max_tokens": 1024}
        row = connection.execute(
            "INSERT INTO agents (name, agent_type, persona, config) VALUES (%s, %s, %s, %s) RETURNING id",
            (shown, name, json.dumps(persona), json.dumps(config)),
        ).fetchone()
        assert row is not None
        agents.append((row[0], shown))
    return agents


def _messages(
    rng: random.Random, channels: list[tuple[uuid.UUID, str]], agents: list[tuple[uuid.UUID, str]], count: int
) -> Iterator[tuple[object, ...]]:
    now = datetime.now(UTC)
    people = [(_uuid(rng), name) for name in PEOPLE]
    weights = list(CHANNELS.values())
    threads: dict[uuid.UUID, uuid.UUID] = {}
    for number in range(count):
        channel, _ = rng.choices(channels, weights)[0]
        by_agent = rng.random() < 0.3
        author, name = rng.choice(agents if by_agent else people)
        words = int(min(rng.lognormvariate(3.4 if by_agent else 2.3, 0.7), 400)) + 1
        at = now - timedelta(days=_DAYS * (1 - (number + rng.random()) / max(count, 1)))
        message = _uuid(rng)
        thread = threads.get(channel) if rng.random() < 0.15 else None
        threads[channel] = message
        metadata = json.dumps({"model": "seeded", "tokens": words}) if by_agent else "{}"
        yield (
            message,
            channel,
            author,
            "agent" if by_agent else "user",
            name,
            sentence(rng, words),
            thread,
            metadata,
            at,
        )
