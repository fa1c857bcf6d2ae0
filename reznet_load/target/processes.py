"""The processes of the target: its servers, the simulated provider and the backend. They all end together."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import shlex
import signal
import subprocess
import sys
import urllib.request
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import redis
import uvicorn

from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.folder import write_text
from reznet_load.core.ready_target import ReadyTarget
from reznet_load.core.system.lifetime import die_with_parent
from reznet_load.core.system.machine import free_port
from reznet_load.core.system.python import python
from reznet_load.core.text.secrets import mask_text
from reznet_load.target.faults.names import Faults
from reznet_load.target.faults.servers import break_schema, reader_url
from reznet_load.target.options import MODELS, TargetOptions, add_arguments, from_namespace
from reznet_load.target.servers import schema, seed
from reznet_load.target.servers.relays import Relays
from reznet_load.target.servers.services import Services
from reznet_load.target.stream_options import Stream

_PROVIDER_SECONDS = 30


def command(words: list[str]) -> int:
    """Run `reznet-load target WORDS`; returns the exit code. Raises ConfigError and TargetError."""
    return serve(from_namespace(build_parser().parse_args(words)))


def build_parser() -> argparse.ArgumentParser:
    """The parser of the command."""
    parser = argparse.ArgumentParser(
        prog="reznet-load target", description="A RezNet-compatible backend on real servers."
    )
    add_arguments(parser)
    return parser


def serve(options: TargetOptions) -> int:
    """Serve in the foreground until SIGTERM or SIGINT; returns 0 when all processes have ended.

    Raises ConfigError and TargetError.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with Services(options.database_url, options.redis_url, lambda: _load(options.provider)) as services:
            _prepare(options, services)
            provider, provider_url = _start_provider(options.stream)
            services.pids["provider"] = provider.pid
            try:
                _serve_through(options, services, provider_url)
            finally:
                provider.terminate()
                provider.wait(10)
    except KeyboardInterrupt:
        pass
    return 0


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _load(provider: str) -> None:
    """Import the slow modules, mostly the provider's SDK: 2 s of CPU."""
    import_module("reznet_load.target.app")
    import_module(provider)


def _prepare(options: TargetOptions, services: Services) -> None:
    """Create schema and data. Raises ConfigError if the server in the user's DATABASE_URL cannot be used."""
    try:
        with psycopg.connect(services.database_url, connect_timeout=5) as connection:
            schema.create(connection)
            connection.commit()
            seed.fill(connection, options.generation.agent_mark, options.messages, MODELS[options.provider])
            break_schema(connection, Faults(options.faults))
    except psycopg.Error as error:
        raise ConfigError(
            f"--database-url: {mask_text(str(error).strip())}; expected a PostgreSQL in which the target may create tables"
        ) from None
    try:
        with redis.Redis.from_url(services.redis_url, socket_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise ConfigError(
            f"--redis-url: {mask_text(str(error))}; expected a URL like redis://127.0.0.1:6379/0"
        ) from None


def _start_provider(stream: Stream) -> tuple[subprocess.Popen[bytes], str]:
    port = free_port()
    command = python("-m", "reznet_load.target.simulate", str(port), json.dumps(asdict(stream)))
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent(signal.SIGKILL))
    return child, f"http://127.0.0.1:{port}"


def _serve_through(options: TargetOptions, services: Services, provider_url: str) -> None:
    """Connect the backend to its servers; with `--relay` through relays. Other programs always connect directly."""
    urls = {"postgres": services.database_url, "redis": services.redis_url, "provider": provider_url}
    if not options.relay:
        _serve_backend(options, services, provider_url, urls, 0)
        return
    with Relays(urls) as relays:
        _serve_backend(options, services, provider_url, relays.urls, relays.control)


def _serve_backend(
    options: TargetOptions, services: Services, provider_url: str, urls: dict[str, str], relay: int
) -> None:
    from reznet_load.target import app

    bound = _bind(options)
    options = replace(options, port=bound.getsockname()[1])
    backend = app.build(options, urls["postgres"], urls["redis"], urls["provider"], f"{urls['provider']}/v1")
    config = uvicorn.Config(
        backend,
        host=options.host,
        port=options.port,
        log_config=None,
        access_log=False,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate="no-compression" not in options.faults,
        ssl_certfile=options.certfile or None,
        ssl_keyfile=options.keyfile or None,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
    )
    _log_to(options.log_file)
    server = uvicorn.Server(config)
    pids = {"target": os.getpid(), **services.pids}
    hidden = "hidden-sessions" in options.faults
    ready = ReadyTarget(
        url=f"{'https' if options.certfile else 'http'}://{_reachable(options.host)}:{options.port}",
        database_url=reader_url(services.database_url) if hidden else services.database_url,
        redis_url=services.redis_url,
        anthropic_base_url=provider_url,
        openai_base_url=f"{provider_url}/v1",
        dialect=options.dialect,
        pids=pids,
        relay=relay,
        options={name: value for name, value in asdict(options).items() if name != "require_token"},
    )
    asyncio.run(_serve_until_stopped(server, bound, ready, provider_url, options))


def _bind(options: TargetOptions) -> Any:
    import socket

    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted sockets inherit it; without it headers and body, sent in two writes, cost a delayed acknowledgement: 40
    # ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((options.host, options.port))
    except OSError as error:
        raise ConfigError(
            f"--host {options.host} --port {options.port}: {error.strerror}; choose a free port, 0 for any"
        ) from None
    return listener


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)


async def _serve_until_stopped(
    server: uvicorn.Server, listener: Any, ready: ReadyTarget, provider_url: str, options: TargetOptions
) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.02)
    if not serving.done():
        await asyncio.to_thread(_wait_for_provider, provider_url)
        if options.ready_file:
            write_text(Path(options.ready_file), ready.text())
            print(f"target ({ready.dialect}) answers at {ready.url}", file=sys.stderr, flush=True)
        else:
            print(greeting(ready, options), flush=True)  # stderr masks passwords
    await serving


def greeting(ready: ReadyTarget, options: TargetOptions) -> str:
    """What a person at the terminal of a ready target needs: its address, and its servers' as lines for a shell.

    A password is shown only if it is that of an embedded server, which ends with this process.
    """
    lines = [
        f"target ({ready.dialect}) answers at {ready.url}",
        "To load it, paste these lines into another terminal, then `make load`:",
        f"export HOST={shlex.quote(ready.url)}",
    ]
    for name, url, given in (
        ("DATABASE_URL", ready.database_url, options.database_url),
        ("REDIS_URL", ready.redis_url, options.redis_url),
    ):
        lines.append(f"# {name} is the one that you gave the target" if given else f"export {name}={shlex.quote(url)}")
    return "\n".join(lines)


def _wait_for_provider(url: str) -> None:
    import time

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy: the target is on this machine
    deadline = time.monotonic() + _PROVIDER_SECONDS
    while True:
        try:
            opener.open(f"{url}/health", timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise TargetError("the provider simulator did not start") from None
            time.sleep(0.05)


def _log_to(path: str) -> None:
    handler: logging.Handler = logging.FileHandler(path) if path else logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.INFO if path else logging.WARNING)
    logging.basicConfig(
        level=logging.INFO, handlers=[handler], format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for name in ("httpx", "httpx2", "anthropic", "openai", "engineio", "socketio"):
        logging.getLogger(name).setLevel(logging.WARNING)
