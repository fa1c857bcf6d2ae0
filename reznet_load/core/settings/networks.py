"""The network conditions that can be simulated between the provider probes and the providers, as one table."""

from __future__ import annotations

from dataclasses import dataclass

from reznet_load.core.errors import ConfigError

MARK = "simulated network"  # in the name of each row measured under such a condition


@dataclass(frozen=True, slots=True)
class Network:
    """What is added to the real network.

    delay    s, one way, for each piece of data in each direction
    jitter   s, the delay varies uniformly by ± this much; order is kept
    rate     bytes/s in each direction, shared by all connections; None: not limited
    source   where the figures come from
    """

    delay: float
    jitter: float
    rate: float | None
    source: str

    @property
    def text(self) -> str:
        """`85 ms ± 20 ms each way, 9 Mbit/s`."""
        if not self.delay:
            return "nothing added but the proxy itself"
        rate = "" if self.rate is None else f", {self.rate * 8 / 1e6:g} Mbit/s"
        return f"{self.delay * 1000:g} ms ± {self.jitter * 1000:g} ms each way{rate}"


NETWORKS = {
    "local": Network(0.0, 0.0, None, "what the proxy itself costs: take it off the others"),
    "same-region": Network(
        0.001, 0.0003, 125e6, "zones of one region are below 2 ms of round trip apart, virtual machines have 1 Gbit/s"
    ),
    "other-continent": Network(
        0.045,
        0.002,
        12.5e6,
        "light in fibre, Frankfurt to Virginia: 6 600 km at 200 km/ms and half as much of detour, "
        "90 ms of round trip; 100 Mbit/s of an office line",
    ),
    "mobile": Network(
        0.085,
        0.02,
        1.125e6,
        "WebPageTest's profile 4G: 170 ms of round trip, 9 Mbit/s; jitter of a moving radio link (judgement)",
    ),
}


def on_network(name: str) -> str:
    """The suffix of the rows measured on the network `name`; "": no network was simulated."""
    return f"{MARK} {name}" if name else ""


def parse_networks(text: str) -> tuple[str, ...]:
    """The networks of `mobile,same-region` or `all`, each once and in the order of NETWORKS. Raises ConfigError."""
    names = {name.strip() for name in text.split(",") if name.strip()}
    if unknown := sorted(names - {"all", *NETWORKS}):
        raise ConfigError(f"--network: read {unknown[0]!r}, expected all, or some of {', '.join(NETWORKS)}, by commas")
    return tuple(name for name in NETWORKS if name in names or "all" in names)
