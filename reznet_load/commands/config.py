"""Shows the options with which a run would be made, and the origin of each, without starting it."""

from __future__ import annotations

import argparse
import os

from reznet_load.commands.chosen_options import blame, choose
from reznet_load.core.errors import ConfigError

_OF_ENVIRONMENT = (
    "DATABASE_URL",
    "REDIS_URL",
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "ANTHROPIC_BASE_URL",
    "OPENAI_BASE_URL",
    "GITHUB_STEP_SUMMARY",
)


def add(commands: argparse._SubParsersAction) -> None:
    """Add `config`."""
    text = "the options of a run, and where each comes from: command line, environment, file or default"
    one = commands.add_parser("config", help=text, description=text)
    one.add_argument("of", nargs="?", default="load", metavar="COMMAND", help="the command (default load)")
    one.add_argument("words", nargs=argparse.REMAINDER, metavar="OPTIONS", help="its options, as on its command line")
    one.set_defaults(act=config, runs=commands.choices)


def config(options: argparse.Namespace, _: list[str]) -> int:
    """Print the options; nothing is started."""
    from reznet_load.core.settings.options import from_namespace

    known = [name for name, parser in options.runs.items() if parser.get_default("own")]
    if options.of not in known:
        raise ConfigError(f"config: read {options.of!r}, expected a command that reads options: {', '.join(known)}")
    chosen_of = options.runs[options.of].parse_args(options.words, argparse.Namespace(command=options.of))
    chosen = choose(chosen_of, options.words)
    try:
        from_namespace(chosen_of)  # reports errors now, and makes secrets known so that they are masked
    except ConfigError as error:
        raise ConfigError(blame(chosen, str(error))) from None
    print(f"reznet-load {options.of}")
    for one in chosen:
        print(f"  {one.name:<18} {one.value:<40} {one.origin}")
    print("from the environment alone:")
    for name in _OF_ENVIRONMENT:
        print(f"  {name:<18} {'set' if os.environ.get(name) else '-'}")
    return 0
