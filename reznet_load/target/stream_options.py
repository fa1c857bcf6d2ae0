"""The options for the streaming of the simulated provider, for `reznet-load target` and `reznet-load provider`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from reznet_load.core.errors import ConfigError
from reznet_load.core.units import parse_duration

_SPREADS = ("first_token_spread", "gap_spread", "length_spread")
# Option -> (smallest, largest) value. With others the provider would never answer.
_BOUNDS = {"length": (1, 100_000)} | dict.fromkeys(_SPREADS, (0, 5))


@dataclass(frozen=True, slots=True)
class Stream:
    """How the simulated provider streams.

    first_token, gap   medians in seconds
    length             median in tokens
    …_spread           standard deviation of the logarithm
    """

    first_token: float = 0.25
    gap: float = 0.02
    length: float = 40.0
    first_token_spread: float = 0.15
    gap_spread: float = 0.15
    length_spread: float = 0.2
    seed: int = 7
    shape: str = "lognormal"
    faults: tuple[str, ...] = ()


def add_stream_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options for times, lengths and their spreads."""
    stream = Stream()
    parser.add_argument(
        "--first-token", default="250ms", metavar="TIME", help="median time to the provider's first token"
    )
    parser.add_argument("--gap", default="20ms", metavar="TIME", help="median time between its tokens")
    parser.add_argument("--length", type=float, default=stream.length, metavar="N", help="median tokens of a reply")
    for name in _SPREADS:
        flag = "--" + name.replace("_", "-")
        parser.add_argument(flag, type=float, default=getattr(stream, name), metavar="SD", help="as a log-sd")
    parser.add_argument(
        "--shape",
        choices=("lognormal", "constant", "bimodal"),
        default=stream.shape,
        help="of those times; bimodal: every seventh four times as long (default lognormal)",
    )
    parser.add_argument("--seed", type=int, default=stream.seed, help="of the simulated provider (default 7)")


def stream_from(options: argparse.Namespace) -> Stream:
    """A Stream from parsed arguments; its faults are the names in `options.fault`. Raises ConfigError."""
    check_bounds(options, _BOUNDS)
    return Stream(
        parse_duration(options.first_token, "--first-token"),
        parse_duration(options.gap, "--gap"),
        options.length,
        options.first_token_spread,
        options.gap_spread,
        options.length_spread,
        options.seed,
        options.shape,
        tuple(options.fault),
    )


def check_bounds(options: argparse.Namespace, bounds: dict[str, tuple[int, int]]) -> None:
    """Raises ConfigError if the value of an option is outside its (smallest, largest) in `bounds`."""
    for name, (least, most) in bounds.items():
        value = getattr(options, name)
        if not least <= value <= most:  # also true for NaN
            raise ConfigError(f"--{name.replace('_', '-')}: read {value}, expected {least} to {most}")
