"""The tests of the results document. Each measures with one user and no load, prints its figures, and fails only on ❌."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from reznet_load.core.errors import TargetError
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.rows import (
    AGENT_LIST_QUERY,
    AGENT_TURN,
    CACHE_GET,
    CACHE_READ,
    CACHE_SET,
    CHUNK_GAP,
    FIRST_TOKEN,
    GET_AGENT,
    GET_AGENTS,
    GET_HEALTH,
    MESSAGE_PAGE_QUERY,
    PROVIDER_FIRST_BYTE,
    QUERY_REDUCTION,
    SIMPLE_TURN,
)
from reznet_load.core.run import Verdict
from reznet_load.core.system import clock
from reznet_load.deployment.blocking_session import BlockingSessionError
from reznet_load.probes.probe import ProbeError
from reznet_load.probes.redis import READS
from reznet_load.probes.reznet.postgres import RezNetPostgres
from reznet_load.probes.reznet.redis import RezNetRedis
from reznet_load.suite.servers import Unreachable
from reznet_load.suite.suite import PerformanceSuite

pytestmark = pytest.mark.performance

SAMPLES = 80  # for a p95, which needs at least 73 to pass
REAL_TURNS, REAL_SIMPLE = 10, 3  # if each reply is paid for
REPLIES, REAL_QUESTIONS = 40, 5  # for a mean
_PAUSE = 0.02  # seconds between calls, so that they do not all measure the same moment


def expect(*verdicts: Verdict) -> None:
    """Fail if a verdict is Fail, or if nothing was judged; a Warning only appears in the output."""
    wrong = [f"{v.title}: {v.reason}" for v in verdicts if v.outcome in ("fail", "pending")]
    if wrong:
        pytest.fail("; ".join(wrong), pytrace=False)


@contextmanager
def reached() -> Iterator[None]:
    """A server that cannot be called skips the test with the reason; one that goes away during the test fails it."""
    try:
        yield
    except Unreachable as reason:
        pytest.skip(str(reason))
    except (BlockingSessionError, ProbeError, TargetError) as error:
        pytest.fail(str(error), pytrace=False)


def measurable(probe: RezNetPostgres | RezNetRedis, row: str) -> None:
    """Raises Unreachable if the server hides `row`, or does not count it."""
    if why := probe.hides(row):
        raise Unreachable(why)


def repeat(count: int, act: Callable[[float], object]) -> None:
    """Call `act(now)` `count` times, with a pause in between."""
    for _ in range(count):
        act(clock.now())
        time.sleep(_PAUSE)


def list_agents(suite: PerformanceSuite) -> list[dict[str, Any]]:
    """The agent list through REST; [] if the call failed, which its row then records."""
    return suite.browser().get(suite.dialect.paths.agents, GET_AGENTS, list) or []


@pytest.mark.provider
class TestAgentResponseTime:
    """Question to final chunk, through the backend."""

    @pytest.mark.measures("error_rate")
    def test_agent_response_time_simple_query(self, suite: PerformanceSuite) -> None:
        """A short question: its median must be below the limit of the p95."""
        with reached():
            suite.asker().ask_simply(suite.count(REAL_TURNS, REAL_SIMPLE))
        expect(*suite.judge(SIMPLE_TURN.key, "agent_response_p95", statistic="p50"))

    @pytest.mark.measures("agent_response_p95", "ttfb_mean", "error_rate")
    def test_agent_response_time_95th_percentile(self, suite: PerformanceSuite) -> None:
        """Questions of the prompts, one after another."""
        with reached():
            suite.asker().ask_until(suite.count(SAMPLES, REAL_TURNS))
        expect(*suite.judge(AGENT_TURN.key, "agent_response_p95"), *suite.judge(FIRST_TOKEN.key, "ttfb_mean"))


class TestDatabaseQueryPerformance:
    """The document's two queries, on PostgreSQL directly."""

    @pytest.mark.measures("db_query_p95")
    def test_agent_list_query_performance(self, suite: PerformanceSuite) -> None:
        """Active agents by creation."""
        self.time(suite, AGENT_LIST_QUERY)

    @pytest.mark.measures("db_query_p95")
    def test_message_pagination_performance(self, suite: PerformanceSuite) -> None:
        """The newest page of the channel with the most messages."""
        self.time(suite, MESSAGE_PAGE_QUERY)

    @staticmethod
    def time(suite: PerformanceSuite, row: NamedRow) -> None:
        """SAMPLES of one query."""
        with reached():
            query = suite.servers.postgres().queries().get(row)
            if query is None:
                raise Unreachable("there is no message in the database")
            repeat(suite.count(SAMPLES), query)
        expect(*suite.judge(row.key, "db_query_p95"))


@pytest.mark.provider
class TestTimeToFirstByte:
    """Each provider directly, through its official SDK."""

    @pytest.mark.measures("ttfb_mean")
    def test_anthropic_ttfb(self, suite: PerformanceSuite) -> None:
        """The Messages API."""
        self.ask(suite, "anthropic")

    @pytest.mark.measures("ttfb_mean")
    def test_openai_ttfb(self, suite: PerformanceSuite) -> None:
        """The Chat Completions API."""
        self.ask(suite, "openai")

    @staticmethod
    def ask(suite: PerformanceSuite, name: str) -> None:
        """Ask questions, one after another; the first, on a cold connection, is recorded separately."""
        with reached():
            repeat(suite.count(REPLIES, REAL_QUESTIONS), suite.servers.provider(name).ask)
        expect(*suite.judge(PROVIDER_FIRST_BYTE.of(name).key, "ttfb_mean"))


class TestCachePerformance:
    """Redis: by its own counters, and by the queries it saves PostgreSQL."""

    @pytest.mark.measures("cache_hit_rate")
    def test_cache_hit_rate_agents(self, suite: PerformanceSuite) -> None:
        """The agent list and each agent, read repeatedly; the cold start is left out."""
        with reached():
            redis = suite.servers.redis()
            browser = suite.browser()
            measurable(redis, READS)
            paths = [suite.dialect.paths.agent.format(id=one["id"]) for one in list_agents(suite) if one.get("id")]
            for path in paths:
                browser.get(path, GET_AGENT, dict)
            redis.look(clock.now())
            for number in range(suite.count(SAMPLES)):
                list_agents(suite)
                if paths:
                    browser.get(paths[number % len(paths)], GET_AGENT, dict)
                time.sleep(_PAUSE)
                redis.look(clock.now())
            redis.read_lifetimes(clock.now())
        expect(*suite.judge(CACHE_READ.key, "cache_hit_rate"))

    @pytest.mark.measures("query_reduction")
    def test_cache_query_reduction(self, suite: PerformanceSuite) -> None:
        """Agent lists requested, compared with the statements that PostgreSQL counted for them."""
        with reached():
            suite.servers.redis()
            postgres = suite.servers.postgres()
            measurable(postgres, QUERY_REDUCTION.key)
            for _ in range(suite.count(SAMPLES)):
                postgres.count_statements(clock.now())
                list_agents(suite)
                time.sleep(_PAUSE)
            postgres.count_statements(clock.now())
        expect(*suite.judge(QUERY_REDUCTION.key, "query_reduction"))

    @pytest.mark.measures("cache_ops_mean")
    def test_cache_set_get_performance(self, suite: PerformanceSuite) -> None:
        """SET and GET of a key of our own."""
        with reached():
            redis = suite.servers.redis()
            measurable(redis, CACHE_GET.key)
            repeat(suite.count(SAMPLES), redis.round_trips)
        expect(*suite.judge(CACHE_SET.key, "cache_ops_mean"), *suite.judge(CACHE_GET.key, "cache_ops_mean"))


class TestAPIEndpointPerformance:
    """REST over one persistent connection, from the request to the last byte."""

    @pytest.mark.measures("api_p50", "api_p95", "error_rate")
    def test_health_check_performance(self, suite: PerformanceSuite) -> None:
        """The health check of this dialect."""
        path = suite.dialect.paths.health
        repeat(suite.count(SAMPLES), lambda _: suite.browser().get(path, GET_HEALTH, dict))
        expect(*suite.judge(GET_HEALTH.key, "api_p50", "api_p95"))

    @pytest.mark.measures("api_p50", "api_p95", "error_rate")
    def test_agent_list_endpoint_performance(self, suite: PerformanceSuite) -> None:
        """The list that every page loads first."""
        repeat(suite.count(SAMPLES), lambda _: list_agents(suite))
        expect(*suite.judge(GET_AGENTS.key, "api_p50", "api_p95"))


@pytest.mark.provider
class TestStreamingPerformance:
    """Gaps between the chunks of streamed replies."""

    @pytest.mark.measures("inter_chunk_mean", "compression", "payload_reduction", "error_rate")
    def test_streaming_chunk_latency(self, suite: PerformanceSuite) -> None:
        """Over the replies of the agent tests if they ran, else over its own."""
        with reached():
            suite.asker().ask_until(suite.count(REPLIES, REAL_TURNS))
        expect(*suite.judge(CHUNK_GAP.key, "inter_chunk_mean"))
