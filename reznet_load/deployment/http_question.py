"""One question over HTTP on its own blocking connection; the turn gets each read of the answer at once."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from reznet_load.chat.dialect import Request
from reznet_load.core.errors import TargetError
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.secrets import mask_url
from reznet_load.deployment.connections.way import connect
from reznet_load.deployment.cookies.jar import LightCookieJar
from reznet_load.deployment.tls import tls_context, tls_remedy
from reznet_load.protocols.http_request import encode

_READ_BYTES = 65_536


def put(
    settings: Settings, request: Request, headers: dict[str, str], hear: Callable[[bytes, float], bool], until: float
) -> bool:
    """Send `request`; call `hear` with each read and its arrival (`time.perf_counter` seconds) until it returns False.

    False if the server closed the connection. Raises TargetError if none could be opened, or nothing came before
    `until`.
    """
    connection = _opened(settings)
    with connection:
        parts = urlsplit(settings.host)
        fields = (
            {"User-Agent": "reznet-load"}
            | settings.headers
            | headers
            | request.headers
            | _cookies(settings, request.path)
        )
        path = parts.path.rstrip("/") + request.path
        try:
            connection.sendall(encode(request.method, path, parts.netloc.rpartition("@")[2], fields, request.body))
            while (left := until - time.perf_counter()) > 0:
                connection.settimeout(left)
                data = connection.recv(_READ_BYTES)
                if not data:
                    return False
                if not hear(data, time.perf_counter()):
                    return True
        except TimeoutError:
            pass
        except ValueError as error:
            raise TargetError(f"{request.path!r}: {error}") from None
        except OSError:
            return False
    return True


def _opened(settings: Settings) -> Any:
    parts, seconds = urlsplit(settings.host), settings.timeouts.connect
    secure = parts.scheme == "https"
    where = mask_url(settings.host)
    try:
        plain = connect(parts.hostname or "", parts.port or (443 if secure else 80), seconds, settings.proxy)
        return tls_context(settings).wrap_socket(plain, server_hostname=parts.hostname) if secure else plain
    except ConnectionRefusedError:
        raise TargetError(f"{where}: connection refused; is the backend running, and is HOST its address?") from None
    except TimeoutError:
        raise TargetError(f"{where}: no connection within {seconds:g} s; is there a firewall in between?") from None
    except ssl.SSLError as error:
        remedy = tls_remedy(error, bool(settings.cert))
        raise TargetError(f"{where}: no TLS connection ({error.reason or error}){remedy}") from None
    except OSError as error:
        raise TargetError(f"{where}: {error.strerror or error}") from None


def _cookies(settings: Settings, path: str) -> dict[str, str]:
    pairs = LightCookieJar(settings.cookies, settings.host).header(settings.host + path)
    return {"Cookie": pairs} if pairs else {}
