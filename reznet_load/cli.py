"""`reznet-load`: one verb a command; each imports its own work, so that `--help` loads neither Locust nor pandas."""

from __future__ import annotations

import argparse
import io
import sys
import traceback
from collections.abc import Sequence

from reznet_load import __version__
from reznet_load.commands import backends, config, duels, history, judge, parts, perf, reports, runs, trials, trust
from reznet_load.commands.chosen_options import ChosenOption, blame, choose, from_file, shown
from reznet_load.commands.command_groups import GroupedCommands
from reznet_load.core.errors import ReznetLoadError, in_words
from reznet_load.core.settings.config_file import NAME
from reznet_load.core.text.foreign_text import safe
from reznet_load.core.text.safe_stream import safe_stderr

COMMANDS = (runs, trials, duels, perf, reports, judge, history, backends, config, trust, parts)
DESCRIPTION = """Load testing for AI-agent chat backends: drive, measure, judge, explain.

examples:
  reznet-load load                                   the embedded target, 50 users
  reznet-load load --users 100 --duration 120s       more users, and longer
  reznet-load load --target '--first-token 4s'       a slow provider: first token and agent response fail
  HOST=http://10.0.0.5:8000 reznet-load load         a deployment of yours; nothing else is started
  reznet-load duel --a http://main --b http://branch is B slower than A? both at once
  reznet-load perf --quick                           each part timed alone, without the providers
  reznet-load report reports/latest                  judge and render a run again
  reznet-load judge out/run --nfr nfr.toml           verdicts on any project's Locust CSVs
  reznet-load compare reports/RUN reports/latest     better, worse, or no proven difference
  reznet-load config load --users 100                the options of a run, and where each comes from
  reznet-load verdicts reports/latest                the verdicts so far, also during a run

`reznet-load COMMAND --help` shows the options of a command."""
EXIT_CODES = "exit codes: 0 pass (or warning), 1 fail (with --strict: or warning), 2 unjudged or bad input, 3 void, 130 interrupted"


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="reznet-load",
        description=DESCRIPTION,
        epilog=EXIT_CODES,
        formatter_class=GroupedCommands,
    )
    parser.add_argument("--version", action="version", version=f"reznet-load {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    for family in COMMANDS:
        family.add(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. Errors for the reader are printed, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # marks are not ASCII, whatever the locale says
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    with safe_stderr():
        return _main(list(sys.argv[1:] if arguments is None else arguments))


def _main(words: list[str]) -> int:
    chosen: list[ChosenOption] = []
    try:
        if words and words[0] in parts.OWN_OPTIONS:
            return parts.OWN_OPTIONS[words[0]](words[1:])
        options = build_parser().parse_args(words)
        chosen = choose(options, words[1:])
        if added := from_file(chosen):
            print(f"options of {options.config or NAME}: {shown(added)}", flush=True)
        return options.act(options, [*words, *added])
    except ReznetLoadError as error:
        print(f"reznet-load: {safe(blame(chosen, str(error)), 4000, lines=True)}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone
        return 141
    except OSError as error:  # the disk, the rights, the limits: never the backend, so never exit 1
        print(f"reznet-load: {in_words(error)}", file=sys.stderr)
        return ReznetLoadError.exit_code
    except Exception:
        traceback.print_exc()
        print("reznet-load: a defect of reznet-load, not of the backend; please report it", file=sys.stderr)
        return ReznetLoadError.exit_code
