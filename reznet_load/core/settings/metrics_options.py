"""Options for Prometheus: the port of the run's own metrics, and the metrics of other pages that it reads."""

from __future__ import annotations

import argparse
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.measured.page_metric import parse_page_metric
from reznet_load.core.units import parse_duration

LOOPBACK = "127.0.0.1"
LINGER = "20s"  # longer than Prometheus' usual scrape interval (15 s)
_MOST_LINGER = 600.0


def add(group: argparse._ArgumentGroup) -> None:
    """Add the options."""
    group.add_argument(
        "--metrics-port", type=int, default=0, metavar="PORT", help="serve /metrics for Prometheus here (default: not)"
    )
    group.add_argument(
        "--metrics-host",
        default=LOOPBACK,
        metavar="ADDRESS",
        help=f"address of --metrics-port (default {LOOPBACK}: this machine alone; 0.0.0.0: every network)",
    )
    group.add_argument(
        "--metrics-linger",
        default=LINGER,
        metavar="TIME",
        help="how long the port of a scraped run may stay open for its last scrape "
        f"(default {LINGER}; ends with that scrape)",
    )


def add_metric(group: argparse._ArgumentGroup) -> None:
    """Add `--metric`, next to `--prometheus`."""
    group.add_argument(
        "--metric",
        action="append",
        default=[],
        metavar="NAME",
        help="a metric of that page as a row that a requirement can judge, like 'queue_length{name=\"chat\"}'; "
        "of a counter its rate",
    )


def chosen(options: Any) -> dict[str, Any]:
    """Fields of Settings. Raises ConfigError."""
    port = options.metrics_port
    if not 0 <= port <= 65_535:
        raise ConfigError(f"--metrics-port: read {port}, expected a port from 1 to 65535")
    if not port and options.metrics_host != LOOPBACK:
        raise ConfigError("--metrics-host: no port is served; give --metrics-port 9646 too, or leave it out")
    linger = parse_duration(options.metrics_linger, "--metrics-linger")
    if linger > _MOST_LINGER:
        raise ConfigError(f"--metrics-linger: read {options.metrics_linger!r}, expected at most 10m")
    metrics = tuple(dict.fromkeys(parse_page_metric(text).text for text in options.metric))
    if metrics and not options.prometheus:
        raise ConfigError("--metric: no page is read; give --prometheus http://10.0.0.5:8000/metrics too")
    return {"metric": metrics, "metrics_port": port, "metrics_host": options.metrics_host, "metrics_linger": linger}
