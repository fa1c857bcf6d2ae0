"""The provider simulator's process: `python -m reznet_load.target.simulate PORT STREAM-AS-JSON`."""

from __future__ import annotations

import json
import logging
import sys

import uvicorn

from reznet_load.target.options import Stream
from reznet_load.target.provider import build


def main() -> None:
    """Serve on loopback until ended."""
    port = int(sys.argv[1])
    stream = Stream(**json.loads(sys.argv[2]))
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # `Disconnected` is meant
    uvicorn.run(
        build(stream),
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        loop="uvloop",
        http="httptools",
        ws="none",
        timeout_keep_alive=60,
    )


main()
