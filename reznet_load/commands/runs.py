"""Commands for runs: a scenario headless, or Locust's web UI with the same users."""

from __future__ import annotations

import argparse

from reznet_load.commands.arguments import STOP, add_run_arguments, port, refuse_stop
from reznet_load.core.settings import options as choices

RUNS = {
    "load": "the standard load: 50 users for 60 s, after a ramp of 10 s",
    "smoke": "5 users, 15 s: does everything answer?",
    "stress": "more users than expected: 50, 100, 200, and 50 again",
    "spike": "four times as many users for 25 s: how soon does the backend recover?",
    "soak": "50 users for 30 minutes: does memory grow, do answers get slower?",
    "capacity": "search for the most users with which every requirement passes, 10 minutes",
    "herd": "all 50 users arrive at once",
    "distributed": "the standard load from a master and workers on this machine",
}


def add(commands: argparse._SubParsersAction) -> None:
    """Add one command per scenario, and `web`."""
    for name, summary in RUNS.items():
        command = commands.add_parser(
            name,
            help=summary,
            usage=f"reznet-load {name} [OPTIONS]",
            description="\n".join([summary, "", "examples:", *examples(name)]),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        add_run_arguments(command, commands, 2 if name == "distributed" else 0, (STOP,) if name == "capacity" else ())
        if name == "capacity":
            command.add_argument(
                "--thorough",
                action="store_true",
                help="longer steps: 60 s to settle, 3 min to judge, 10 min to confirm",
            )
        command.set_defaults(act=run)
    web = commands.add_parser("web", help="Locust's web UI for interactive ramps with the same users")
    add_run_arguments(web, commands, but=(STOP,))
    web.add_argument("--port", type=port, default=8089, help="port of the web UI (default 8089)")
    web.set_defaults(act=serve)


def examples(name: str) -> list[str]:
    """Lines for the help of scenario `name`: what to type, and what it does."""
    lines = (
        ("", "the embedded target, started for the run"),
        ("--target '--first-token 4s'", "the same, with a slow provider"),
        ("--host http://127.0.0.1:8000", "a deployment of yours"),
        ("--users 100 --duration 2m", "more users, for longer"),
        ("--header 'Authorization: Bearer …'", "behind a login"),
        ("--strict", "for a CI: exit 1 on a warning too"),
    )
    return [f"  {f'reznet-load {name} {words}':<52} {what}" for words, what in lines]


def run(options: argparse.Namespace, words: list[str]) -> int:
    """Drive the run, judge it, report it."""
    from reznet_load.drive.whole_run import run as drive

    if options.command == "capacity":
        refuse_stop(options, "which looks for the load that fails")
    if getattr(options, "thorough", False):  # four times the samples: intervals half as wide
        options.duration = options.duration or "180s"
        options.ramp = options.ramp or "60s"
    scenario = "load" if options.command == "distributed" else options.command
    settings = choices.from_namespace(options)
    return drive(scenario, settings, options.target, options.workers, ["reznet-load", *words])


def serve(options: argparse.Namespace, words: list[str]) -> int:
    """Serve until Ctrl-C."""
    from reznet_load.drive.whole_run import web

    refuse_stop(options, "which ends when you say so")
    settings = choices.from_namespace(options)
    return web(settings, options.target, options.workers, options.port, ["reznet-load", *words])
