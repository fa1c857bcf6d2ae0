"""The options of the target: servers, dialect, how many messages an agent answers at once, behaviour of the provider."""

from __future__ import annotations

import argparse
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from reznet_load.core.errors import ConfigError
from reznet_load.core.units import parse_duration
from reznet_load.target.faults.names import FAULTS
from reznet_load.target.generation import GENERATIONS, Generation
from reznet_load.target.stream_options import Stream, add_stream_arguments, check_bounds, stream_from

# Provider -> the model of its agents. The name shows a load test that the model costs nothing.
MODELS = {"anthropic": "simulated-claude", "openai": "simulated-gpt"}


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """The options of an embedded target.

    delivery            which sockets receive an event, as in the contract's note on channels
    agent_concurrency   messages that an agent answers at once; 0: any number
    capacity            the most users of the default mix that the target can serve (target/gate.py); 0: no limit
    process_time        factor by which REST answers and replies take longer (target/faults/slower.py)
    compute_time        additional seconds of CPU time of each REST call
    """

    host: str = "127.0.0.1"
    port: int = 8000
    dialect: str = next(iter(GENERATIONS))
    delivery: str = "channel"
    agent_concurrency: int = 0
    capacity: int = 0
    process_time: float = 1.0
    compute_time: float = 0.0
    stream: Stream = field(default_factory=Stream)
    provider: str = "anthropic"
    pool_size: int = 10
    pool_overflow: int = 20
    messages: int = 50_000
    database_url: str = ""
    redis_url: str = ""
    certfile: str = ""
    keyfile: str = ""
    require_token: str = ""
    ready_file: str = ""
    log_file: str = ""
    truth: str = ""
    relay: bool = False
    faults: tuple[str, ...] = ()

    @property
    def generation(self) -> Generation:
        """The generation of the contract that belongs to the dialect."""
        return GENERATIONS[self.dialect]


# Option -> (smallest, largest) value. With others, the provider would never answer, or a server would never start.
_BOUNDS = {
    "port": (0, 65_535),
    "agent_concurrency": (0, 100_000),
    "capacity": (0, 1_000_000),
    "process_time": (1, 100),
    "pool_size": (1, 10_000),
    "pool_overflow": (0, 10_000),
    "messages": (0, 10_000_000),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add all options of `reznet-load target`."""
    ours = TargetOptions()
    parser.add_argument("--host", default=ours.host, help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=ours.port, help="port to listen on, 0: any free one (default 8000)")
    parser.add_argument(
        "--dialect", choices=tuple(GENERATIONS), default=ours.dialect, help="generation of the contract"
    )
    parser.add_argument(
        "--delivery",
        choices=("channel", "broadcast"),
        default=ours.delivery,
        help="which sockets receive an event (default channel)",
    )
    parser.add_argument(
        "--agent-concurrency", type=int, default=0, metavar="N", help="messages an agent answers at once; 0: any number"
    )
    parser.add_argument(
        "--capacity",
        type=int,
        default=0,
        metavar="N",
        help="the users of the shipped mix and think times it holds: agents begin a reply every 15/N s, one after "
        "another (14 of 50 users ask every 4.2 s); 0: as many as the machine allows",
    )
    parser.add_argument(
        "--process-time",
        type=float,
        default=ours.process_time,
        metavar="FACTOR",
        help="each REST answer and each reply takes so many times as long: 1.2 is 20 %% longer (default 1)",
    )
    parser.add_argument(
        "--compute-time",
        default="0ms",
        metavar="TIME",
        help="each REST call computes so much longer, in CPU time: 2ms (default 0)",
    )
    add_stream_arguments(parser)
    parser.add_argument(
        "--truth", default="", metavar="FILE", help="what the backend saw of each question, as JSON lines"
    )
    parser.add_argument(
        "--provider", choices=("anthropic", "openai"), default=ours.provider, help="whose SDK agents use"
    )
    parser.add_argument("--pool-size", type=int, default=ours.pool_size, help="database connections kept (default 10)")
    parser.add_argument("--pool-overflow", type=int, default=ours.pool_overflow, help="more under load (default 20)")
    parser.add_argument("--messages", type=int, default=ours.messages, help="messages to seed (default 50000)")
    parser.add_argument("--database-url", default="", help="a PostgreSQL of yours in place of the embedded one")
    parser.add_argument("--redis-url", default="", help="a Redis of yours in place of the embedded Valkey")
    parser.add_argument(
        "--relay", action="store_true", help="reach each server through a relay that can be cut, for `failures`"
    )
    parser.add_argument("--certfile", default="", help="PEM certificate: serve https and wss")
    parser.add_argument("--keyfile", default="", help="its key")
    parser.add_argument(
        "--require-token", default="", metavar="T", help="want `Authorization: Bearer T`, socket auth token T"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        help="switch a fault on, more than once for more: " + "; ".join(f"{n}: {t}" for n, t in FAULTS.items()),
    )
    parser.add_argument("--ready-file", default="", metavar="FILE", help="JSON with URLs and pids, once all answers")
    parser.add_argument(
        "--log-file", default="", metavar="FILE", help="the backend's log (default: warnings on stderr)"
    )


def from_namespace(options: argparse.Namespace) -> TargetOptions:
    """TargetOptions from parsed arguments. Raises ConfigError, which names the option and the right form."""
    check_bounds(options, _BOUNDS)
    if not options.host:
        raise ConfigError("--host: read '', expected an address of this machine, like 127.0.0.1, or 0.0.0.0 for all")
    for name in ("certfile", "keyfile"):
        path = getattr(options, name)
        if path and not Path(path).is_file():
            raise ConfigError(f"--{name} {path}: no such file")
    if bool(options.certfile) != bool(options.keyfile):
        raise ConfigError("--certfile and --keyfile go together")
    if options.certfile:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(options.certfile, options.keyfile)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"--certfile, --keyfile: no PEM certificate and its key ({error})") from None
    for name in ("ready_file", "log_file", "truth"):
        path = getattr(options, name)
        if path and (not Path(path).absolute().parent.is_dir() or Path(path).is_dir()):
            raise ConfigError(f"--{name.replace('_', '-')} {path}: expected a file in a folder that is there")
    for name in options.fault:
        if name not in FAULTS:
            raise ConfigError(f"--fault: read {name!r}, expected one of {', '.join(FAULTS)}")
    if (options.database_url or options.redis_url) and options.fault:
        raise ConfigError("--fault: only with the embedded servers, because faults would stay in your own servers")
    names = TargetOptions.__dataclass_fields__.keys() - {"stream", "faults", "compute_time"}
    return TargetOptions(
        stream=stream_from(options),
        faults=tuple(options.fault),
        compute_time=parse_duration(options.compute_time, "--compute-time"),
        **{name: getattr(options, name) for name in names},
    )
