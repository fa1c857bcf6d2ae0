"""Files shipped with the code (requirements, templates, locustfiles), in a checkout or in a wheel."""

from __future__ import annotations

from pathlib import Path

from reznet_load.core.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent.parent.parent


def resource(name: str) -> Path:
    """The path of a shipped file or folder: in the checkout if there is one, else the wheel's copy. Raises ConfigError."""
    for root in (_PACKAGE.parent, _PACKAGE / "_data"):
        if (root / name).exists():
            return root / name
    raise ConfigError(f"{name}: not found next to the package; expected a checkout or an installed reznet-load")
