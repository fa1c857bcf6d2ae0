"""`python -m reznet_load.target` is `reznet-load target`."""

import sys

from reznet_load.cli import main

raise SystemExit(main(["target", *sys.argv[1:]]))
