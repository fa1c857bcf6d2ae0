"""`python -m reznet_load` is `reznet-load`."""

from reznet_load.cli import main

raise SystemExit(main())
