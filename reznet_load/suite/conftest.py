"""Configures pytest for the suite: its options, the one run that all tests share, and the run's outcome as the exit
code.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Generator
from typing import Any

import pytest

from reznet_load.core.errors import ReznetLoadError, in_words
from reznet_load.core.run import EXIT_CODES
from reznet_load.core.settings.settings import ENVIRONMENT, Settings, from_environment
from reznet_load.core.text.foreign_text import safe
from reznet_load.core.text.secrets import mask_words
from reznet_load.drive import perf
from reznet_load.suite.scope import Scope
from reznet_load.suite.suite import PerformanceSuite, SuiteChoice

_LONGEST = 4000  # characters of a line
_RUN = pytest.StashKey[PerformanceSuite]()
_SCOPE = pytest.StashKey[Scope]()
_REFUSED = pytest.StashKey[bool]()
QUICK = "--quick leaves out what needs a provider"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options. They are known only if the suite is named by its path, as `reznet-load perf` does."""
    group = parser.getgroup("reznet-load")
    group.addoption("--quick", action="store_true", help="leave out what needs a provider")
    group.addoption("--samples", type=int, default=0, help="at most so many of each")


def pytest_configure(config: pytest.Config) -> None:
    """Register the suite's markers."""
    config.stash[_SCOPE] = Scope()
    config.addinivalue_line("markers", "performance: the performance suite of the results document")
    config.addinivalue_line("markers", "measures(*nfrs): requirements of nfr.toml that a test measures")
    config.addinivalue_line("markers", "provider: needs a provider, behind the backend or alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that `--quick` skips."""
    if config.getoption("quick", default=False):
        for item in items:
            if item.get_closest_marker("provider"):
                item.add_marker(pytest.mark.skip(reason=QUICK))


def _settings() -> Settings:
    """Settings from `reznet-load perf`, else from HOST, DATABASE_URL and REDIS_URL."""
    given = os.environ.get(ENVIRONMENT)
    return from_environment(given) if given else perf.settings_of([])


@pytest.fixture(scope="session")
def suite(request: pytest.FixtureRequest) -> PerformanceSuite:
    """The run; it begins with the first test and ends with the session."""
    config = request.config
    if hasattr(config, "workerinput"):
        pytest.fail("the performance suite is one user: run it without pytest-xdist's -n", pytrace=False)
    capture = config.pluginmanager.getplugin("capturemanager")

    def say(text: str) -> None:
        if capture is None:
            print(text, flush=True)
            return
        with capture.global_and_fixture_disabled():
            print(text, flush=True)

    command = os.environ.get(perf.COMMAND) or shlex.join(["pytest", *mask_words([*config.invocation_params.args])])
    most, quick = config.getoption("samples", default=0), config.getoption("quick", default=False)
    choice = SuiteChoice(os.environ.get(perf.TARGET, ""), command, most, quick)
    say("")
    try:
        begun = config.stash[_RUN] = PerformanceSuite(_settings(), choice, config.stash[_SCOPE], say)
        begun.begin()
    except (ReznetLoadError, OSError) as error:
        config.stash[_REFUSED] = True
        pytest.exit(f"reznet-load: {safe(in_words(error), _LONGEST, lines=True)}", returncode=ReznetLoadError.exit_code)
    return begun


def _measured_by(item: pytest.Item) -> tuple[str, ...]:
    return tuple(nfr for mark in item.iter_markers("measures") for nfr in mark.args)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """From here on the test measures."""
    item.config.stash[_SCOPE].begun(item.nodeid, _measured_by(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Record why a requirement was not measured; make text of the backend that pytest will show safe."""
    report = yield
    _make_safe(report)
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        item.config.stash[_SCOPE].left_out(item.nodeid, _measured_by(item), reason)
    return report


def _make_safe(report: pytest.TestReport) -> None:
    if isinstance(report.longrepr, tuple):
        path, line, reason = report.longrepr
        report.longrepr = (path, line, safe(reason, _LONGEST))
    elif report.longrepr is not None:
        report.longrepr = safe(report.longrepr, _LONGEST, lines=True)
    report.sections = [(name, safe(text, _LONGEST, lines=True)) for name, text in report.sections]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Judge and report the run. Its exit code becomes the session's, unless a test failed although the run did not."""
    begun = session.config.stash.get(_RUN, None)
    if begun is None:
        return
    interrupted = exitstatus == pytest.ExitCode.INTERRUPTED and not session.config.stash.get(_REFUSED, False)
    print(flush=True)
    try:
        code = begun.end(interrupted)
    except (ReznetLoadError, OSError) as error:
        print(f"reznet-load: {safe(in_words(error), _LONGEST, lines=True)}", file=sys.stderr, flush=True)
        code = ReznetLoadError.exit_code
    failed = exitstatus == pytest.ExitCode.TESTS_FAILED and code == EXIT_CODES["pass"]
    session.exitstatus = pytest.ExitCode.TESTS_FAILED if failed else code
