"""SIGTERM ends a headless run like Ctrl-C: users stop, measurements are written, and `run.json` gets its end.

Locust installs its own SIGTERM handler only when a shape is over: until then the signal would kill the process.
"""

from __future__ import annotations

import signal

import gevent
from gevent.hub import get_hub
from locust.env import Environment


def end_by_sigterm(environment: Environment) -> None:
    """Handle SIGTERM from now on. Before its first user a run has nothing to save, and is killed; the web UI uses
    Locust's handler.
    """
    options = environment.parsed_options
    if options is not None and options.headless and environment.shape_class is not None:
        gevent.signal_handler(signal.SIGTERM, _as_by_ctrl_c)


def _as_by_ctrl_c() -> None:
    """Raise it in the main greenlet, which waits for the shape; raised here it would be reported as an error of this
    greenlet.
    """
    get_hub().handle_system_error(KeyboardInterrupt, KeyboardInterrupt(), None)
