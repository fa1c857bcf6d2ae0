"""TLS according to the settings: trusted authorities, our own certificate, and what to do if a handshake fails."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.settings import Settings

_ASKS = (
    "CERTIFICATE_REQUIRED", "certificate required", "HANDSHAKE_FAILURE", "handshake failure", "ALERT_BAD_CERTIFICATE",
    "bad certificate", "ALERT_UNKNOWN_CA", "alert unknown ca", "CERTIFICATE_UNKNOWN", "No required SSL certificate",
)  # fmt: skip
# A server may close before its reason is read: in TLS 1.3 it checks our certificate after the client has sent data.
_ENDS = (
    "EOF occurred in violation of protocol",
    "UNEXPECTED_EOF",
    "socket is already closed",
    "Connection reset",
    "Broken pipe",
    "closed before the end of the answer",
    "Connection closed by server",
)


def tls_context(settings: Settings, authorities: str = "", certificate: str = "") -> ssl.SSLContext:
    """One context for REST and sockets of a process: it verifies, with `--ca` in addition to the system's authorities.

    authorities   PEM text instead of the file of `--ca`: a worker gets it from its master
    certificate   PEM text of certificate and key, instead of --cert and --key, for the same purpose

    Raises ConfigError if a file cannot be read as what it should be.
    """
    context = ssl.create_default_context()
    if authorities:
        context.load_verify_locations(cadata=authorities)
    if settings.ca:
        try:
            context.load_verify_locations(cafile=settings.ca)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"--ca {settings.ca}: cannot be read as PEM certificates ({error})") from None
    if settings.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.cert:
        _show(context, settings.cert, settings.key)
    elif settings.key:
        raise ConfigError("--key is given without --cert: expected the certificate that belongs to the key")
    elif certificate:
        _show_text(context, certificate)
    return context


def _show(context: ssl.SSLContext, cert: str, key: str) -> None:
    """Load the certificate for servers that ask for one."""
    where = f"--cert {cert}" + (f" --key {key}" if key else "")
    try:
        context.load_cert_chain(cert, key or None, password=_no_password)
    except _EncryptedKey:
        raise ConfigError(f"{where}: the key is encrypted; give one without a passphrase") from None
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"{where}: cannot be read as PEM certificate and key that belong together "
            f"({getattr(error, 'reason', None) or getattr(error, 'strerror', None) or 'not PEM'})"
        ) from None


class _EncryptedKey(Exception):
    """OpenSSL needs a passphrase; it would ask on the terminal."""


def _no_password() -> str:
    raise _EncryptedKey


def _show_text(context: ssl.SSLContext, pem: str) -> None:
    """Load PEM text. The ssl module accepts files only: a temporary one that only this user may read, deleted at once."""
    handle, name = tempfile.mkstemp(prefix="reznet-load-", suffix=".pem")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(pem)
        _show(context, name, "")
    finally:
        Path(name).unlink()


def tls_remedy(cause: object, shown: bool = False) -> str:
    """What to do about a TLS connection that failed with `cause` (an exception or its text); "" if neither
    certificates nor a port without TLS were the cause.

    shown   was a client certificate given
    """
    text = str(cause)
    if isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            "; trust its authority with --ca FILE, or accept any certificate with --insecure (the report will say so)"
        )
    if "WRONG_VERSION" in text:
        return "; nothing speaks TLS there: is it http:// instead?"
    if any(word in text for word in _ASKS):
        return (
            "; the server does not accept the certificate of --cert: was it issued by an authority that the server trusts?"
            if shown
            else "; the server asks for a client certificate: give one with --cert FILE and --key FILE"
        )
    if any(word in text for word in _ENDS) and not shown:
        return "; it may ask for a client certificate: give one with --cert FILE and --key FILE"
    return ""
