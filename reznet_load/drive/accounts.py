"""`reznet-load accounts`: creates accounts before a load, and removes them after it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from reznet_load.core.settings.backend_options import key_for
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.secrets import remember
from reznet_load.deployment.addresses import check_host
from reznet_load.deployment.streams.new_accounts import create, remove
from reznet_load.deployment.streams.recognise import recognised
from reznet_load.dialects.every import other


@dataclass(frozen=True, slots=True)
class AccountsWanted:
    """What to create or to remove.

    create   number of accounts to create, written into the file `out`; 0 if accounts are removed
    remove   a file whose accounts are removed; "" if accounts are created
    admin    a file with the account of an administrator; "": the key in the environment is the administrator's
    """

    create: int = 0
    out: str = ""
    remove: str = ""
    admin: str = ""
    dialect: str = ""


def accounts(settings: Settings, wanted: AccountsWanted, say: Callable[[str], None]) -> int:
    """Create or remove accounts; returns 0 if all were created or removed, else 1.

    Raises ConfigError and TargetError, whose text says what to do.
    """
    check_host(settings)
    dialect = other(wanted.dialect) if wanted.dialect else recognised(settings)
    key = key_for(dialect.name, os.environ)
    remember(key)
    settings = replace(settings, backend_key=key)
    if wanted.remove:
        return 1 if remove(settings, dialect, Path(wanted.remove), wanted.admin, say) else 0
    create(settings, dialect, wanted.create, Path(wanted.out), wanted.admin, say)
    return 0
