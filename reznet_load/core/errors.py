"""What can go wrong before or around a run, and the exit code of each error.

ReznetLoadError            anything reported to the user in words, never as a traceback
├── ConfigError            malformed input: the run stops before the first user
└── TargetError            the backend cannot be reached or is not a RezNet backend
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Errors that a damaged file can cause anywhere in the code that reads it: cut off, changed by hand, nested without end
# (RuntimeError: deeply nested JSON, and links that form a loop).
_DAMAGE = (
    TypeError,
    KeyError,
    ValueError,
    AttributeError,
    IndexError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
)


class ReznetLoadError(Exception):
    """Base of every error meant for the reader; `cli.main` prints it and exits with `exit_code`."""

    exit_code = 2


class ConfigError(ReznetLoadError):
    """Bad input: the text says what was read, where, what is right, and what to do."""


class TargetError(ReznetLoadError):
    """The backend under test does not answer, or does not answer like a RezNet backend."""


class ProxyError(OSError):
    """The proxy of `--proxy` did not connect to the deployment; the text is the same for each connection."""


def in_words(error: Exception) -> str:
    """The text of our own errors as it is; an error of the operating system as a sentence that says what to do about
    it.
    """
    if not isinstance(error, OSError):
        return str(error)
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}; {_REMEDIES.get(error.errno or 0, 'correct this and try again')}"


_ROOM = "free space on that disk, or choose another with --reports (run folders) or TMPDIR (temporary files)"
_RIGHTS = "make that folder writable, or choose another with --reports (run folders) or TMPDIR (temporary files)"
_REMEDIES = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "raise the limit of file sizes (ulimit -f unlimited)",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
    errno.ENOENT: _RIGHTS,
    errno.EMFILE: "raise the limit of open files before the run (ulimit -n 65536)",
    errno.ENFILE: "the machine has reached its limit of open files: end some programs",
    errno.ENOMEM: "the machine is out of memory: end some programs, or run with fewer users",
}


@contextmanager
def undamaged(folder: Path) -> Iterator[None]:
    """Context manager for code that reads the files of `folder`: errors that damage causes become a ConfigError that
    names them.
    """
    try:
        yield
    except BrokenPipeError:
        raise  # the reader of our output closed it: not a fault of the folder
    except OSError as error:
        raise ConfigError(
            f"{folder}: cannot be read or written ({error}); check its permissions and the free space on its disk, or work on a "
            "copy elsewhere"
        ) from None
    except _DAMAGE as error:
        raise ConfigError(
            f"{folder}: damaged ({type(error).__name__}: {str(error)[:200]}); restore its files as the run wrote them, or "
            "run again"
        ) from None
