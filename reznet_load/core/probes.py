"""The table of probes, the only list of probes. A new probe is its file in `probes/` and its row here.

Its rows are in `core/rows.py` like all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MARKER = "reznet_load_probe"  # a column that no statement of an application has: pg_stat_statements keeps ours apart


@dataclass(frozen=True, slots=True)
class ProbeKind:
    """One probe.

    name       in `probes` of the settings, in `needs` of nfr.toml, in probes.json
    probe      its class as `package.module:class`, imported only in the probes' process; `of_run` creates it
    title      how the report names what it observes, as the start of a sentence
    setting    the field of the settings that switches it on
    variable   or the environment variable that does, which the probe reads itself; a probe without either always runs
    of_dialect a dialect may name a class of its own in its `probes`, which also knows its backend's tables or keys
    absent     why a requirement of this probe is Pending if it did not run
    addressed  the setting is the address of a server that should exist: if it does not answer, that is a Caution
    away       the verb with which the report says that a server was away
    """

    name: str
    probe: str
    title: str
    setting: str
    absent: str
    addressed: bool = False
    away: str = "did not answer"
    variable: str = ""
    of_dialect: bool = False

    def is_on(self, settings: object, environ: Mapping[str, str]) -> bool:
        """Does anything in `settings` or `environ` switch it on?"""
        if not self.setting and not self.variable:
            return True
        return bool(self.setting and getattr(settings, self.setting)) or bool(environ.get(self.variable))


_ROWS = (
    ProbeKind(
        name="processes",
        probe="reznet_load.probes.processes:ProcessProbe",
        title="The processes",
        setting="",
        absent="the backend's process was not seen on this machine; "
        "name it with --pid, or its metrics page with --prometheus",
        away="could not be seen",
    ),
    ProbeKind(
        name="postgres",
        probe="reznet_load.probes.postgres:PostgresProbe",
        title="PostgreSQL",
        setting="database_url",
        absent="no DATABASE_URL was given: the database is not timed",
        addressed=True,
        of_dialect=True,
    ),
    ProbeKind(
        name="redis",
        probe="reznet_load.probes.redis:RedisProbe",
        title="Redis",
        setting="redis_url",
        absent="no REDIS_URL was given: the cache is not read",
        addressed=True,
        of_dialect=True,
    ),
    ProbeKind(
        name="providers",
        probe="reznet_load.probes.llm:LlmProbe",
        title="The providers",
        setting="providers",
        absent="no provider key was given: providers are not timed alone",
    ),
    ProbeKind(
        name="left_calls",
        probe="reznet_load.probes.left_calls:LeftCallsProbe",
        title="The provider's calls of users who left",
        setting="watched_provider",
        absent="the provider is not `reznet-load provider` (--provider-url URL): what it did for users who left cannot be seen",
    ),
)
PROBES: dict[str, ProbeKind] = {probe.name: probe for probe in _ROWS}


def title_of(name: str) -> str:
    """How the report names what the probe `name` observes; the name itself for a probe of another version."""
    known = PROBES.get(name)
    return known.title if known else name
