"""Tables and indexes of the contract. On a PostgreSQL without pgvector, memories are an array of reals."""

from __future__ import annotations

import psycopg

_TABLES = """
CREATE TABLE IF NOT EXISTS workspace (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS agents (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name varchar(100) UNIQUE NOT NULL, agent_type varchar(50) NOT NULL,
    persona jsonb NOT NULL DEFAULT '{}', config jsonb NOT NULL DEFAULT '{}', is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS channels (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name varchar(100) UNIQUE NOT NULL, topic text,
    channel_type varchar(20) NOT NULL DEFAULT 'public', dm_agent_id uuid REFERENCES agents ON DELETE CASCADE,
    is_archived boolean NOT NULL DEFAULT false, context_cleared_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS messages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), channel_id uuid NOT NULL REFERENCES channels ON DELETE CASCADE,
    author_id uuid, author_type varchar(20) NOT NULL, author_name varchar(100), content text NOT NULL,
    thread_id uuid, metadata jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS tasks (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text NOT NULL, status varchar(20) NOT NULL DEFAULT 'open',
    agent_id uuid REFERENCES agents ON DELETE SET NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS workflows (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, status varchar(20) NOT NULL DEFAULT 'planned',
    created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS workflow_tasks (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), workflow_id uuid NOT NULL REFERENCES workflows ON DELETE CASCADE,
    task_id uuid REFERENCES tasks ON DELETE CASCADE, position integer NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS agent_memories (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    content text NOT NULL, embedding {vector}, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS uploaded_files (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, size bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS agent_templates (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, persona jsonb NOT NULL DEFAULT '{{}}');
"""

# The indexes that the results document lists as "indexes in place", by name.
INDEXES = {
    "idx_agents_name": "agents (name)",
    "idx_agents_type": "agents (agent_type)",
    "idx_agents_active": "agents (is_active)",
    "idx_agents_type_active": "agents (agent_type, is_active)",
    "idx_messages_channel_id": "messages (channel_id)",
    "idx_messages_created_at": "messages (created_at)",
    "idx_messages_author_id": "messages (author_id)",
    "idx_messages_channel_created": "messages (channel_id, created_at)",
}


def _extension(connection: psycopg.Connection, name: str) -> bool:
    try:
        with connection.transaction():
            connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")  # type: ignore[arg-type]  # names are ours
    except psycopg.Error:
        return False
    return True


def create(connection: psycopg.Connection) -> None:
    """Create missing tables and indexes; existing ones are not changed."""
    _extension(connection, "pg_stat_statements")
    vector = "vector(1536)" if _extension(connection, "vector") else "real[]"
    connection.execute(_TABLES.replace("{vector}", vector).replace("'{{}}'", "'{}'"))  # type: ignore[arg-type]
    for name, columns in INDEXES.items():
        connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {columns}")  # type: ignore[arg-type]
