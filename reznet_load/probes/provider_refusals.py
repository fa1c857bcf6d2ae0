"""Names for a provider's refusals and failures, with the server's own reason if it gives one."""

from __future__ import annotations

from typing import Any

import anthropic
import openai

from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.core.text.retry_after import seconds_in
from reznet_load.core.text.secrets import mask_text

_MOST_WAIT = 60.0  # seconds; a probe must not sleep for the rest of a run
_MOST_REASON = 200  # characters
_PLAIN_LIMITS = ("rate_limit_exceeded", "rate_limit_error", "429", "")


def name_of(error: Exception, begun: bool) -> str:
    """`rate limited (429)`, `HTTP 400: the reason`, `time-out`, …; `begun`: part of the reply had arrived."""
    status = getattr(error, "status_code", None)
    kind = str(getattr(error, "type", None) or "") + type(error).__name__
    if status == 429 or "rate_limit" in kind:
        code = str(getattr(error, "code", None) or "")  # an account without credit is refused every time
        return "rate limited (429)" + ("" if code in _PLAIN_LIMITS else f": {_shown(code)}")
    if status == 529 or "verloaded" in kind:
        return "overloaded (529)"
    if "Timeout" in kind:
        return "time-out"
    if isinstance(status, int):
        reason = _reason(error) if 400 <= status < 500 else ""
        return f"HTTP {status}: {reason}" if reason else f"HTTP {status}"
    if begun and type(error) in (anthropic.APIError, openai.APIError):  # an error event, not a broken connection
        return "error in stream"
    return "disconnected in mid-stream" if begun else "no connection"


def wait_of(error: Exception) -> float:
    """Seconds that a refusal asks to wait, given in seconds or as a date (RFC 9110, 10.2.3), at most `_MOST_WAIT`."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    return seconds_in(headers.get("retry-after", "0"), _MOST_WAIT)


def _reason(error: Exception) -> str:
    """The reason in the body of a refusal: OpenAI's SDK removes the outer object, Anthropic's keeps it; others send
    text.
    """
    body: Any = getattr(error, "body", None)
    if isinstance(body, dict):
        inner = body.get("error", body)
        body = inner.get("message") if isinstance(inner, dict) else inner
        body = body or getattr(error, "body", {}).get("detail")
    return _shown(body) if isinstance(body, str) else ""


def _shown(text: str) -> str:
    return for_terminal(mask_text(text), _MOST_REASON)
