"""Files of the user are read correctly, whichever editor wrote them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reznet_load.chat.prompts import load
from reznet_load.core.money.prices import read_prices
from reznet_load.core.nfr import load_requirements
from reznet_load.core.settings.accounts import read_accounts
from reznet_load.core.system.resources import resource

NFR = '[[nfr]]\nid = "one"\ntitle = "Größe"\nstatistic = "p95"\nlimit = "< 3 s"\nrows = ["CHAT agent turn"]\nsection = 1\n'
PRICE = '[[price]]\nprovider = "anthropic"\nmodel = "größe"\ninput = 1.0\noutput = 2.0\n'
ACCOUNTS = '{"name": "größe", "headers": {"X-User": "one"}}\n{"headers": {"X-User": "two"}}\n'
PROMPTS = "# a remark\nWas ist die Größe?\n@analyst Two?\n"
READERS: tuple[tuple[str, Callable[[Path], Any]], ...] = (
    (NFR, load_requirements),
    (PRICE, read_prices),
    (ACCOUNTS, lambda path: read_accounts(str(path))),
    (PROMPTS, load),
)


@pytest.mark.parametrize(("text", "read"), READERS, ids=["nfr", "prices", "accounts", "prompts"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_and_any_line_end_change_nothing(
    text: str, read: Callable[[Path], Any], encoding: str, end: str, tmp_path: Path
) -> None:
    plain, other = tmp_path / "a" / "file", tmp_path / "b" / "file"
    for path in (plain, other):
        path.parent.mkdir()
    plain.write_text(text, encoding="utf-8")
    other.write_bytes(text.replace("\n", end).encode(encoding))
    assert read(other) == read(plain)


def test_shipped_text_files_can_be_read() -> None:
    assert load_requirements(resource("nfr.toml")).nfrs and read_prices(resource("prices.toml")).blocks
