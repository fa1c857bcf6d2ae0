"""What can go wrong before or around a run, and the exit code it means.

ReznetLoadError            anything the user is told in words, never as a traceback
├── ConfigError            malformed input: stops before the first user
└── TargetError            the backend cannot be reached or is not a RezNet backend
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What shows, somewhere, when a file is not what it was written as: cut off, changed by hand, nested without end
# (RuntimeError: JSON within JSON, and links that go round).
_DAMAGE = (
    TypeError, KeyError, ValueError, AttributeError, IndexError, ArithmeticError, RuntimeError, MemoryError,
)  # fmt: skip


class ReznetLoadError(Exception):
    """Base of every error that is for the reader; `cli.main` prints it and exits with `exit_code`."""

    exit_code = 2


class ConfigError(ReznetLoadError):
    """Bad input: says what was read, where, what is right, and what to do."""


class TargetError(ReznetLoadError):
    """The backend under test does not answer, or does not answer like a RezNet backend."""


@contextmanager
def undamaged(folder: Path) -> Iterator[None]:
    """Around work on the files of `folder`: what they make go wrong is raised as a ConfigError that names them."""
    try:
        yield
    except BrokenPipeError:
        raise  # whoever read our output has gone: nothing of the folder's
    except OSError as error:
        raise ConfigError(
            f"{folder}: cannot be read or written ({error}); see to its rights and to the room on its disk, or work on a "
            "copy in a place of your own"
        ) from None
    except _DAMAGE as error:
        raise ConfigError(
            f"{folder}: damaged ({type(error).__name__}: {str(error)[:200]}); restore its files as the run wrote them, or "
            "run again"
        ) from None
