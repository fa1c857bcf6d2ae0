"""`reznet-load`: one verb a command; each imports its own work, so that `--help` loads neither Locust nor pandas."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from reznet_load import __version__
from reznet_load.core import options as choices
from reznet_load.core.errors import ReznetLoadError
from reznet_load.core.settings import ENVIRONMENT, from_environment
from reznet_load.core.units import parse_duration

RUNS = {
    "load": "50 users, 60 s steady after a 10 s ramp: the standard load",
    "smoke": "5 users, 15 s: does everything answer?",
    "stress": "50 → 100 → 200 → 50 users: beyond the expected load and back",
    "herd": "50 users arrive at once, set-up included",
    "distributed": "the standard load from a master and workers on this machine",
}
EXAMPLES = """examples:
  reznet-load load                                   the embedded target, 50 users
  reznet-load load --users 100 --duration 120s       the Phase 2 target
  reznet-load load --target '--first-token 4s'       a slow provider: TTFB and agent response fail
  HOST=http://10.0.0.5:8000 reznet-load load         a deployment of yours; starts nothing of its own
  reznet-load report reports/latest                  judge and render a run again
  reznet-load verdicts reports/latest                how a run stands now, also while it is on

exit codes: 0 pass (or warning), 1 fail (with --strict: or warning), 2 unjudged or bad input, 3 void, 130 interrupted"""


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="reznet-load",
        description="Load testing for AI-agent chat backends: drive, measure, judge, explain.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"reznet-load {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in RUNS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        _add_run_arguments(command, workers=2 if name == "distributed" else 0)
    web = commands.add_parser("web", help="Locust's web UI for interactive ramps with the same users")
    _add_run_arguments(web, workers=0)
    web.add_argument("--port", type=_port, default=8089, help="port of the web UI (default 8089)")
    report = commands.add_parser("report", help="judge and render a run folder, or any folder of Locust CSVs, again")
    report.add_argument(
        "run", type=Path, metavar="RUN", help="a run folder, reports/latest, or a folder with Locust's CSVs"
    )
    verdicts = commands.add_parser(
        "verdicts", help="judge a run folder as it stands now, also in mid-run; writes nothing"
    )
    verdicts.add_argument("run", metavar="RUN", help="a run folder; - answers each line of stdin, a folder, with JSON")
    verdicts.add_argument("--json", action="store_true", help="one line of JSON in place of the table")
    finish = commands.add_parser(
        "finish", help="clean up after a run that was started by locust itself, then report it"
    )
    finish.add_argument("run", type=Path, metavar="RUN")
    proof = commands.add_parser(
        "selftest", help="prove every verdict both ways, a run for each fault of the embedded target"
    )
    proof.add_argument("faults", nargs="*", metavar="FAULT", help="only these (default: all)")
    proof.add_argument("--quick", action="store_true", help="a fast form of it, about four minutes")
    proof.add_argument("--users", type=_count, help="users of each run (default 40)")
    proof.add_argument("--duration", metavar="TIME", help="judged seconds of each run (default 25s)")
    probe = commands.add_parser("probe", help="look at PostgreSQL, Redis and processes beside a run; the run starts it")
    probe.add_argument("run", type=Path, metavar="RUN")
    commands.add_parser("target", help="the embedded RezNet-compatible target in the foreground", add_help=False)
    return parser


def _add_run_arguments(parser: argparse.ArgumentParser, workers: int) -> None:
    group = parser.add_argument_group("run")
    group.add_argument(
        "--host",
        default=os.environ.get("HOST", ""),
        help="the deployment to test (default: $HOST, else the embedded target)",
    )
    group.add_argument("--users", type=_count, help="users at the peak")
    group.add_argument("--duration", metavar="TIME", help="seconds each judged phase holds, like 60s or 5m")
    group.add_argument("--ramp", metavar="TIME", help="seconds to reach the users")
    group.add_argument(
        "--workers",
        type=int,
        default=workers,
        choices=range(0, 65),
        metavar="N",
        help=f"worker processes (default {workers}; 0: one process)",
    )
    group.add_argument(
        "--target",
        default="",
        metavar="OPTIONS",
        help="options of the embedded target, in quotes; see `reznet-load target --help`",
    )
    choices.add_arguments(parser)


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 100_000:
        raise argparse.ArgumentTypeError(f"read {text!r}, expected 1 to 100000")
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 65_535:
        raise argparse.ArgumentTypeError(f"read {text!r}, expected 1 to 65535")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. Errors for the reader are printed, never a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["target"]:
            return _target(words[1:])
        return _dispatch(build_parser().parse_args(words), words)
    except ReznetLoadError as error:
        print(f"reznet-load: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone
        return 141


def _dispatch(options: argparse.Namespace, words: list[str]) -> int:
    command = ["reznet-load", *words]
    if options.command == "report":
        from reznet_load.drive.finish import report

        return report(options.run)
    if options.command == "verdicts":
        from reznet_load.drive import verdicts

        return verdicts.answer(sys.stdin) if options.run == "-" else verdicts.show(Path(options.run), options.json)
    if options.command == "finish":
        from reznet_load.drive.finish import finish

        return finish(options.run, from_environment(os.environ.get(ENVIRONMENT)))
    if options.command == "selftest":
        from reznet_load.core.settings import Settings
        from reznet_load.drive.selftest import selftest

        seconds = parse_duration(options.duration, "--duration") if options.duration else None
        return selftest(Settings(users=options.users, duration=seconds), options.faults, options.quick)
    if options.command == "probe":
        from reznet_load.probes.run import command as probe

        return probe(options.run, from_environment(os.environ.get(ENVIRONMENT)))
    from reznet_load.drive import run

    settings = choices.from_namespace(options)
    if options.command == "web":
        return run.web(settings, options.target, options.workers, options.port, command)
    scenario = "load" if options.command == "distributed" else options.command
    return run.run(scenario, settings, options.target, options.workers, command)


def _target(words: list[str]) -> int:
    try:
        from reznet_load.target.run import command
    except ModuleNotFoundError as error:
        raise ReznetLoadError(f"the target needs {error.name}: install reznet-load[target]") from None
    return command(words)
