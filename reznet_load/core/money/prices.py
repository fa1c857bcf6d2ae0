"""Prices of tokens as data: `prices.toml`, checked before the first user. An unknown model has no price, never 0."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.text.text_files import user_text

_FORM = 'provider = "anthropic", model = "a shell pattern", input and output = USD per million tokens, zero or more'


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens of input and of output."""

    input: float
    output: float

    def cost(self, tokens_in: float, tokens_out: float) -> float:
        """The cost in USD."""
        return (tokens_in * self.input + tokens_out * self.output) / 1e6


@dataclass(frozen=True, slots=True)
class Prices:
    """(provider, model pattern, price) in order; the first match applies."""

    blocks: tuple[tuple[str, str, Price], ...] = ()

    def of(self, provider: str, model: str) -> Price | None:
        """The price of a model; None if it is not known."""
        return next((price for p, pattern, price in self.blocks if p == provider and fnmatchcase(model, pattern)), None)


def read_prices(path: Path, overlay: Path | None = None) -> Prices:
    """Read the prices; blocks of `overlay` come before those of `path`. Raises ConfigError naming file, block and right
    form.
    """
    return Prices((*(_read(overlay) if overlay else ()), *_read(path)))


def _read(path: Path) -> tuple[tuple[str, str, Price], ...]:
    try:
        data = tomllib.loads(user_text(path))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); expected [[price]] blocks") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a TOML file: {error}") from None
    blocks = data.get("price", [])
    if set(data) - {"price"} or not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise ConfigError(f"{path}: expected [[price]] blocks and nothing else, each with {_FORM}")
    return tuple(_block(block, f"{path}: [[price]] block {number}") for number, block in enumerate(blocks, 1))


def _block(block: dict[str, Any], where: str) -> tuple[str, str, Price]:
    if set(block) != {"provider", "model", "input", "output"}:
        raise ConfigError(f"{where}: read fields {', '.join(sorted(block)) or 'none'}, expected {_FORM}")
    if not all(isinstance(block[name], str) and block[name] for name in ("provider", "model")):
        raise ConfigError(f"{where}: read {block['provider']!r}, {block['model']!r}, expected {_FORM}")
    for name in ("input", "output"):
        value = block[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
            raise ConfigError(f"{where}: {name} read as {value!r}, expected {_FORM}")
    return block["provider"], block["model"], Price(float(block["input"]), float(block["output"]))
