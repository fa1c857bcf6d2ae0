"""The command that a reader uses next: `make` for RezNet, for any other backend the reader's own with other options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace

from reznet_load.core.run import RunInfo

_USERS = re.compile(r"(?:--users[ =]|-u )(\d+)\b")
# Options of a run that change what is tested or judged: without them the next run would answer another question.
_VARIABLES = {"--mix": "MIX", "--workers": "WORKERS", "--target": "TARGET"}  # of make
_FLAGS = ("--insecure", "--strict")
_KEPT = (
    *("--nfr", "--accounts", "--header", "--cookie", "--socket-auth", "--socket-path", "--allow-host", "--target-name"),
    *("--proxy", "--ca", "--cert", "--key", "--compression", "--think", "--prompts", "--timeout", "--arrivals"),
    *("--arrival-process", "--prometheus", "--metric", "--pid", "--model", "--prices", "--max-cost", "--config"),
)
# An option's names on Locust's own command line, used if a run was started with it.
_OF_LOCUST = {"--duration": ("--run-time", "-t"), "--users": ("-u",)}


def next_command(info: RunInfo, make: str, scenario: str = "", **options: str) -> str:
    """`make` with the run's host and users; for another backend than RezNet the command of the run `info` with
    `options`, as `scenario` if one is named.

    `make` alone knows neither host nor model, and would start an embedded RezNet.
    """
    if info.deployment.is_reznet or not info.command:
        return _with_variables(info, make)
    try:
        words = shlex.split(info.command)
    except ValueError:  # masking may have removed a quote
        return f"{info.command} {' '.join(f'--{name} {value}' for name, value in options.items())}"
    if scenario and len(words) > 1 and words[0] == "reznet-load":
        words[1] = scenario
    for name, value in options.items():
        words = with_option(words, f"--{name.replace('_', '-')}", value)
    return shlex.join(words)


def with_target(info: RunInfo, options: str) -> RunInfo:
    """`info` as if the run had started its embedded target with `options`."""
    try:
        words = shlex.split(info.command)
    except ValueError:  # masking may have removed a quote
        return info
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word.partition("=")[0] == "--target":
            skip = word == "--target"
        else:
            kept.append(word)
    return replace(info, command=shlex.join([*kept, "--target", options] if options else kept))


def _with_variables(info: RunInfo, make: str) -> str:
    """`HOST=URL make load USERS=20 ARGS='--nfr mine.toml'`: the host only if it is not the embedded target, and the rest only
    if the run named it.
    """
    host = "" if info.target == "embedded" else f"HOST={shlex.quote(info.host)} "
    named = _USERS.search(info.command)
    return f"{host}{make}{f' USERS={named[1]}' if named else ''}{_rest(info.command)}"


def _rest(command: str) -> str:
    """The other options of `command` that the next run needs too, as variables of make."""
    try:
        words = shlex.split(command)
    except ValueError:  # masking may have removed a quote
        return ""
    if words[:1] != ["reznet-load"]:  # Locust's own command line has no make target
        return ""
    variables, kept = "", []
    for name, value in _options(words):
        if name in _VARIABLES:
            variables += f" {_VARIABLES[name]}={shlex.quote(value.replace('$', '$$'))}"
        elif name in _KEPT:
            kept += [name, value]
        elif name in _FLAGS:
            kept.append(name)
    arguments = shlex.join(kept).replace("$", "$$")  # make reads a single $ as its own
    return f"{variables} ARGS={shlex.quote(arguments)}" if arguments else variables


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """The options of a command line with their values, `--name value` and `--name=value` alike."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            yield name, value if equals else following


def with_option(words: list[str], option: str, value: str) -> list[str]:
    """`words` with `option value` instead of its old value; without a value the bare option."""
    names = (option, *_OF_LOCUST.get(option, ()))
    kept, skip = [], False
    name = option
    for word in words:
        if skip:
            skip = False
        elif word in names:
            name, skip = word, bool(value)
        elif word.partition("=")[0] in names:
            name = word.partition("=")[0]
        else:
            kept.append(word)
    own = name if name != option else "--run-time" if words[0] == "locust" and option == "--duration" else option
    return [*kept, own, value] if value else [*kept, own]
