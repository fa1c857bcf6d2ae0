"""`python -m reznet_load.target` does the same as `reznet-load target`."""

import sys

from reznet_load.core.errors import ReznetLoadError
from reznet_load.target.processes import command

try:
    raise SystemExit(command(sys.argv[1:]))
except ReznetLoadError as error:
    print(f"reznet-load target: {error}", file=sys.stderr)
    raise SystemExit(error.exit_code) from None
