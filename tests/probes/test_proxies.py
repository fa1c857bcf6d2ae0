"""The environment's proxies are for destinations outside: servers on this machine are called without them."""

from __future__ import annotations

import pytest

from reznet_load.probes.probe import ProbeError
from reznet_load.probes.providers import CLIENTS


@pytest.mark.parametrize("name", sorted(CLIENTS))
@pytest.mark.parametrize(
    ("variable", "value"),
    [("HTTP_PROXY", "http://127.0.0.1:9"), ("ALL_PROXY", "socks5://127.0.0.1:9"), ("NO_PROXY", "localhost,[::1]")],
)
def test_a_provider_on_this_machine_is_called_without_the_environments_proxies(
    name: str, variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    client = CLIENTS[name]("http://127.0.0.1:8080", "a-key", "model")
    assert client._sdk._client._mounts == {}


@pytest.mark.parametrize("name", sorted(CLIENTS))
def test_an_unusable_proxy_variable_is_reported_in_a_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(ProbeError, match=r"the proxy that .* name cannot be used"):
        CLIENTS[name]("", "a-key", "model")
