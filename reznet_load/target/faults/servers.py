"""Faults inside PostgreSQL, which affect both the application and the probe."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

import psycopg

from reznet_load.target.faults.names import Faults

# A view that sleeps once per statement: a materialised CTE is computed once, whatever the rest of the plan is.
_SLOW_AGENTS = """
ALTER TABLE agents RENAME TO agents_plain;
CREATE VIEW agents AS WITH slow AS MATERIALIZED (SELECT pg_sleep(0.15)) SELECT a.* FROM agents_plain a, slow;
CREATE FUNCTION update_agents() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE agents_plain SET is_active = NEW.is_active, updated_at = NEW.updated_at WHERE id = OLD.id; RETURN NEW;
END $$;
CREATE TRIGGER update_agents INSTEAD OF UPDATE ON agents FOR EACH ROW EXECUTE FUNCTION update_agents();
"""


def break_schema(connection: psycopg.Connection, faults: Faults) -> None:
    """Apply the faults to schema and data; only used with the embedded server, never with the user's."""
    if "slow-query" in faults:
        connection.execute(_SLOW_AGENTS)
    if "drop-index" in faults:
        connection.execute("DROP INDEX idx_messages_channel_created, idx_messages_channel_id")


def reader_url(url: str) -> str:
    """`url` with a role that may only SELECT, as a careful administrator would give; a missing role is created."""
    password = secrets.token_hex(12)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE load_reader LOGIN PASSWORD '{password}'")  # type: ignore[arg-type]
        connection.execute("GRANT USAGE ON SCHEMA public TO load_reader")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO load_reader")
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"load_reader:{password}@{place}").geturl()
