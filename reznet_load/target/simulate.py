"""`reznet-load provider`: only the simulated provider, for gateways and all clients of OpenAI or Anthropic."""

from __future__ import annotations

import argparse
import json
import logging
import sys

import uvicorn

from reznet_load.core.errors import ConfigError
from reznet_load.target.faults.names import FAULTS
from reznet_load.target.provider import build
from reznet_load.target.stream_options import Stream, add_stream_arguments, check_bounds, stream_from

PROVIDER_FAULTS = ("stall", "error-in-stream", "disconnected", "rate-limited", "overloaded")
_KEEP_ALIVE_SECONDS = 60
_BOUNDS = {"port": (1, 65_535), "keep_alive": (0, 86_400)}


def command(words: list[str]) -> int:
    """Run `reznet-load provider WORDS` until Ctrl-C; returns the exit code. Raises ConfigError."""
    options = build_parser().parse_args(words)
    check_bounds(options, _BOUNDS)
    stream = stream_from(options)
    if not options.host:
        raise ConfigError("--host: read '', expected an address of this machine, like 127.0.0.1, or 0.0.0.0 for all")
    print(f"provider simulator at http://{options.host}:{options.port} (OpenAI and Anthropic)", flush=True)
    serve(stream, options.host, options.port, options.keep_alive)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The parser of the command."""
    parser = argparse.ArgumentParser(
        prog="reznet-load provider",
        description="A simulated provider: the streaming APIs of OpenAI (/v1/chat/completions, /v1/models) and Anthropic "
        "(/v1/messages). Any key and any model is accepted; it costs nothing.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8100, help="port to listen on (default 8100)")
    parser.add_argument(
        "--keep-alive", type=int, default=_KEEP_ALIVE_SECONDS, metavar="S", help="seconds until it closes an idle connection"
    )  # fmt: skip
    add_stream_arguments(parser)
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        choices=PROVIDER_FAULTS,
        help="switch a fault on: " + "; ".join(f"{name}: {FAULTS[name]}" for name in PROVIDER_FAULTS),
    )
    return parser


def serve(stream: Stream, host: str, port: int, keep_alive: int = _KEEP_ALIVE_SECONDS) -> None:
    """Serve until the process is ended; an idle connection is closed after `keep_alive` seconds."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # `Disconnected` is raised on purpose
    uvicorn.run(
        build(stream),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        loop="uvloop",
        http="httptools",
        ws="none",
        timeout_keep_alive=keep_alive,
    )


if __name__ == "__main__":
    serve(Stream(**json.loads(sys.argv[2])), "127.0.0.1", int(sys.argv[1]))
