"""Options about providers: models timed directly, simulated networks, prices and the cost limit."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.networks import parse_networks
from reznet_load.core.settings.settings import KEYS, PROVIDERS
from reznet_load.core.text.addresses import BASE_URL, check_address


def add(group: argparse._ArgumentGroup) -> None:
    """Add the options that concern money."""
    group.add_argument(
        "--prices", default="", metavar="FILE", help="your prices of tokens, used before those of prices.toml"
    )
    group.add_argument(
        "--max-cost",
        default="1",
        metavar="USD",
        help="highest cost of a run with a real key, checked before and during the run (default 1); none: no limit",
    )
    group.add_argument(
        "--backend-provider",
        default="",
        metavar="PROVIDER=MODEL",
        help="the provider of a backend that does not report it; free: no provider is paid",
    )
    group.add_argument(
        "--provider-url",
        default="",
        metavar="URL",
        help="the `reznet-load provider` behind the backend: does it stop when users leave?",
    )


def chosen(options: Any, environ: Mapping[str, str]) -> dict[str, Any]:
    """Fields of Settings. Raises ConfigError."""
    return {
        "providers": parse_models([one for one in options.model if "=" in one], environ),
        "networks": _networks(options),
        "prices": options.prices,
        "max_cost": parse_max_cost(options.max_cost),
        "provider_url": options.provider_url.rstrip("/"),
        "backend_provider": parse_backend_provider(options.backend_provider),
    }


def _networks(options: Any) -> tuple[str, ...]:
    networks = parse_networks(options.network)
    if networks and options.no_probes:
        raise ConfigError("--network asks the providers, and --no-probes switches that off; leave one of them out")
    return networks


def parse_max_cost(text: str) -> float | None:
    """The cost limit in USD; None for `none`."""
    if text.strip().lower() == "none":
        return None
    try:
        usd = float(text)
    except ValueError:
        usd = math.nan
    if not (math.isfinite(usd) and usd >= 0):
        raise ConfigError(f"--max-cost: read {text!r}, expected US dollars like 1 or 0.25, or none")
    return usd


def parse_backend_provider(text: str) -> str:
    """Check `text`: it is `free` or `provider=model`."""
    provider, _, model = text.partition("=")
    if text and text != "free" and not (provider.strip() and model.strip()):
        raise ConfigError(f"--backend-provider: read {text!r}, expected free, or PROVIDER=MODEL like anthropic=NAME")
    return text.strip()


def _base_url(provider: str, environ: Mapping[str, str]) -> str:
    """The URL that the SDK uses instead of the provider's; empty: the provider's own."""
    name = f"{provider.upper()}_BASE_URL"
    url = environ.get(name, "")
    if url:
        check_address(url, name, BASE_URL)
    return url


def parse_models(items: list[str], environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """`provider=model` items, with the base URLs that the SDKs also take from the environment."""
    found = {}
    for item in items:
        provider, _, model = item.partition("=")
        if provider not in PROVIDERS or not model.strip():
            raise ConfigError(f"--model: read {item!r}, expected {' or '.join(f'{name}=NAME' for name in PROVIDERS)}")
        found[provider] = {"model": model.strip(), "base_url": _base_url(provider, environ)}
        key = environ.get(KEYS[provider], "")
        if not key.isascii() or not key.isprintable() or " " in key:
            raise ConfigError(
                f"{KEYS[provider]}: it has characters that a header cannot carry (not shown); expected letters, digits and signs "
                "without spaces or line ends"
            )
    return found
