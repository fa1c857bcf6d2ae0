"""The non-functional requirements as data: `nfr.toml`, checked before the first user."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.measured.row_patterns import compiled
from reznet_load.core.measured.statistic import FORM, is_statistic, statistic_of
from reznet_load.core.needs import ANY_OF, needs
from reznet_load.core.profile import WANTED_USERS
from reznet_load.core.rows import AGENT_TURN, current
from reznet_load.core.system.resources import resource
from reznet_load.core.text.text_files import user_text
from reznet_load.core.units import Limit, parse_limit, parse_percent


@dataclass(frozen=True, slots=True)
class Nfr:
    """One requirement. `rows` are patterns over row names (core.row_patterns); the worst matching row decides.

    section    where RezNet's results document shows it; 0 in a file for other projects' runs
    needs      what a run must have to measure it (core.needs); without it the verdict is Pending and does not count
    margin     percent (points, of a share) by which B of a duel may be worse; None: the duel's own
    insisted   the user's own file says `required = true`: then Pending counts for any reason, and the run is unjudged
    """

    id: str
    title: str
    statistic: str
    limit: Limit
    rows: tuple[str, ...]
    section: int = 0
    needs: tuple[str, ...] = ()
    summary: bool = False
    required: bool = True
    target: str = ""
    insisted: bool = False
    margin: float | None = None

    def matches(self, row: str) -> bool:
        """Does the row named `row` (kind, space, name) match this requirement?"""
        return any(compiled(pattern)(row) for pattern in self.rows)

    @property
    def target_text(self) -> str:
        """How the document writes the target; `{number}` in it is replaced by the limit's number."""
        return self.target.replace("{number}", self.limit.text.split()[1]) if self.target else self.limit.text


@dataclass(frozen=True, slots=True)
class Requirements:
    """The whole file: requirements in file order, and the `[report]` fields that a run cannot know.

    `deviations` describes the values that an overlay file changed in the shipped one.
    """

    nfrs: tuple[Nfr, ...]
    report: dict[str, str]
    deviations: tuple[str, ...] = ()

    @property
    def expected_users(self) -> int:
        """How many users are to be connected at once; WANTED_USERS if no requirement says so."""
        return next((int(nfr.limit.value) for nfr in self.nfrs if nfr.statistic == "connected"), WANTED_USERS)


_FIELDS: dict[str, tuple[type, bool, str]] = {
    # name: (type, is it mandatory, the right form)
    "id": (str, True, "a short name of lower-case letters, digits and _"),
    "title": (str, True, "the requirement in words"),
    "statistic": (str, True, FORM),
    "limit": (str, True, 'a bound like "< 3 s"'),
    "rows": (list, True, f'a list of row patterns like ["{AGENT_TURN.key}"]'),
    "section": (int, True, "the section of the results document, 1 to 7"),
    "needs": (list, False, f"a list of kinds of users and probes; `{ANY_OF}` between two where one is enough"),
    "summary": (bool, False, "true or false"),
    "required": (bool, False, "true or false"),
    "target": (str, False, "the target as the document writes it"),
    "margin": (str, False, "percent by which B of a duel may be worse, like 3 %"),
}


def shipped_requirements(of_reznet: bool) -> Path:
    """The shipped file: RezNet's, or the one for any chat backend."""
    return resource("nfr.toml" if of_reznet else "nfr.chat.toml")


def load_requirements(path: Path, overlay: Path | None = None, short: bool = False) -> Requirements:
    """The requirements of `path`, with the blocks of `overlay` merged into them by id.

    `short`: for runs of other projects; a missing id or title is derived from statistic and rows, and no section is
    needed. Raises ConfigError that names file, block, what was read and the right form.
    """
    tables, report = _read(path)
    if short:
        tables = _completed(tables)
    deviations: list[str] = []
    insisted: set[str] = set()
    if overlay is not None:
        changes, more_report = _read(overlay)
        insisted = {str(change.get("id")) for _, change in changes if change.get("required") is True}
        tables = _lay_over(tables, changes, overlay, deviations)
        report = report | more_report
    made = (_nfr(table, where, short) for where, table in tables)
    nfrs = tuple(replace(nfr, insisted=nfr.id in insisted) for nfr in made)
    if not nfrs:
        raise ConfigError(f"{path}: no [[nfr]] block found, expected one for each requirement")
    seen: set[str] = set()
    for nfr, (where, _) in zip(nfrs, tables, strict=True):
        if nfr.id in seen:
            raise ConfigError(f"{where}: id {nfr.id!r} is used twice, expected each id once in a file")
        seen.add(nfr.id)
    return Requirements(nfrs, report, tuple(deviations))


Table = tuple[str, dict[str, Any]]


def _completed(tables: list[Table]) -> list[Table]:
    """Short blocks with the id and title derived from their statistic and rows; a second one of the same id gets `_2`."""
    used = {str(table["id"]) for _, table in tables if "id" in table}
    made = []
    for where, table in tables:
        rows = table.get("rows")
        first = str(rows[0]) if isinstance(rows, list) and rows else "rows"
        what = str(table.get("statistic", "nfr"))
        more = f" and {len(rows) - 1} more" if isinstance(rows, list) and len(rows) > 1 else ""
        named = f"{statistic_of(what).label if is_statistic(what) else what} of {'every row' if first == '*' else first}{more}"
        slug = re.sub(r"[^a-z0-9]+", "_", f"{what}_{'all' if first == '*' else first}".lower()).strip("_")[:60] or "nfr"
        slug = slug if slug[0].isalpha() else f"nfr_{slug}"
        unique = next(one for n in count(1) if (one := slug if n == 1 else f"{slug}_{n}") not in used or "id" in table)
        used.add(unique)
        made.append((where, {"id": unique, "title": named, "section": 0} | table))
    return made


def _read(path: Path) -> tuple[list[Table], dict[str, str]]:
    """The [[nfr]] tables of a file, each with words that say where it stands, and its [report] table."""
    try:
        data = tomllib.loads(user_text(path))
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); expected a TOML file of [[nfr]] blocks"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a TOML file: {error}") from None
    for key in data:
        if key not in ("nfr", "report"):
            raise ConfigError(f"{path}: unknown table [{key}], expected [[nfr]] blocks and one [report] table")
    blocks, report = data.get("nfr", []), data.get("report", {})
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise ConfigError(f"{path}: [nfr] read as {type(blocks).__name__}, expected [[nfr]] with double brackets")
    if not isinstance(report, dict):
        raise ConfigError(f"{path}: report read as {report!r}, expected a [report] table")
    named = [(f"{path}: [[nfr]] block {n} ({block.get('id', 'no id')})", block) for n, block in enumerate(blocks, 1)]
    return named, {key: str(value) for key, value in report.items()}


def _lay_over(tables: list[Table], changes: list[Table], path: Path, deviations: list[str]) -> list[Table]:
    merged = {str(table.get("id")): (where, dict(table)) for where, table in tables}
    for where, change in changes:
        key = str(change.get("id"))
        if key not in merged:
            _check_new(where, change, merged)
            merged[key] = (where, dict(change))
            deviations.append(f"{key}: added by {path.name}")
            continue
        shipped = merged[key][1]
        change = _consistent(shipped, change)
        for name, value in change.items():
            if shipped.get(name) != value:
                deviations.append(f"{key}: {name} {shipped.get(name, '(unset)')!r} → {value!r} by {path.name}")
        merged[key] = (where, shipped | change)
    return list(merged.values())


def _check_new(where: str, change: dict[str, Any], known: Collection[str]) -> None:
    """Raises ConfigError if a block of an id that is not known has too few fields for a requirement: a misspelt id."""
    if missing := [name for name, (_, must, _) in _FIELDS.items() if must and name not in change]:
        raise ConfigError(
            f"{where}: no requirement has this id, expected one of {', '.join(known)}; "
            f"or for a new requirement also {', '.join(missing)}"
        )


def _consistent(shipped: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """`change` with its words adjusted to the limit or statistic that it replaces."""
    made = dict(change)
    if change.get("limit", shipped.get("limit")) != shipped.get("limit") and "{number}" not in shipped.get(
        "target", ""
    ):
        made = {"target": ""} | made if shipped.get("target") else made
    old, new = (
        statistic_of(one).label if is_statistic(one) else ""
        for one in (str(shipped.get("statistic")), str(change.get("statistic")))
    )
    title = str(shipped.get("title", ""))
    if old and new and old != new and f"({old})" in title:
        made = {"title": title.replace(f"({old})", f"({new})")} | made
    return made


def _nfr(table: dict[str, Any], where: str, short: bool) -> Nfr:
    for name in table:
        if name not in _FIELDS:
            raise ConfigError(f"{where}: unknown field {name!r}, expected {', '.join(_FIELDS)}")
    for name, (kind, must, form) in _FIELDS.items():
        if name not in table:
            if must:
                raise ConfigError(f"{where}: field {name!r} is missing, expected {form}")
        elif not isinstance(table[name], kind) or (kind is int and isinstance(table[name], bool)):
            raise ConfigError(f"{where}: {name} read as {table[name]!r}, expected {form}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", table["id"]):
        raise ConfigError(f"{where}: id read as {table['id']!r}, expected {_FIELDS['id'][2]}")
    if not is_statistic(table["statistic"]):
        raise ConfigError(f"{where}: statistic read as {table['statistic']!r}, expected {_FIELDS['statistic'][2]}")
    if not (1 <= table["section"] <= 7 or (short and not table["section"])):
        raise ConfigError(f"{where}: section read as {table['section']!r}, expected {_FIELDS['section'][2]}")
    for name in ("rows", "needs"):
        wrong = [item for item in table.get(name, []) if not isinstance(item, str) or not item.strip()]
        if wrong or (name == "rows" and not table["rows"]):
            raise ConfigError(f"{where}: {name} read as {table[name]!r}, expected {_FIELDS[name][2]}")
    for need in table.get("needs", []):
        if unknown := [one for one in need.split(ANY_OF) if one not in needs()]:
            raise ConfigError(f"{where}: needs read as {unknown[0]!r}, expected a list of {', '.join(needs())}")
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    fields["rows"] = tuple(map(current, fields["rows"]))
    if "margin" in fields:
        fields["margin"] = parse_percent(fields["margin"], f"{where}: margin")
    return Nfr(**(fields | {"limit": parse_limit(table["limit"], f"{where}: limit")}))
