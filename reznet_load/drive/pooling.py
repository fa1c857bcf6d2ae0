"""`reznet-load pooling`: runs the same load with each size of the connection pool, and compares the runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

from reznet_load.core.errors import ConfigError, ReznetLoadError, TargetError
from reznet_load.core.run import EXIT_CODES
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.secrets import mask_words
from reznet_load.core.units import format_duration
from reznet_load.deployment.preflight import inspect
from reznet_load.drive.cutting import run_command
from reznet_load.drive.locusts import Locusts
from reznet_load.drive.whole_run import run

MOST_SIZES = 8
MOST_SIZE = 10_000
DURATION, RAMP = 60.0, 10.0
RESTART_SECONDS = 120.0  # limit for the command, and again for the first answer of the deployment
# Time around the load: the embedded target starts in 3 to 15 s, users end, probes close, the run is judged.
AROUND_SECONDS = 35.0
MOST_SECONDS = 3600.0


def pooling(
    settings: Settings, sizes: tuple[int, ...], restart: str, target: str, workers: int, words: list[str]
) -> int:
    """Try each size and compare; returns 0 if at least two sizes could be compared, whatever their verdicts.

    restart   the user's command with `{size}`; "" for the embedded target
    target    options of the embedded target
    words     the command line as the user gave it

    Raises ConfigError.
    """
    from reznet_load.report.pooling_document import TriedPool, write
    from reznet_load.report.render import check_templates

    _check(settings, sizes, restart)
    check_templates(settings.templates)
    settings = replace(
        settings,
        duration=DURATION if settings.duration is None else settings.duration,
        ramp=RAMP if settings.ramp is None else settings.ramp,
    )
    _announce(settings, sizes)
    tried: list[TriedPool] = []
    code = EXIT_CODES["pass"]
    compared = False
    try:
        for size in sizes:
            print(f"\npool of {size}", flush=True)
            folder, code, problem = _try(settings, size, restart, target, workers, words)
            tried.append(TriedPool(size, folder, problem))
            if code == EXIT_CODES["interrupted"]:
                break
    finally:
        if any(one.folder for one in tried):
            command = " ".join(mask_words(words))
            path, choice = write(Path(settings.reports), tried, command, settings.templates)
            compared = choice.compared
            print(f"\n{choice.text}\ncomparison: {path}", flush=True)
    if code == EXIT_CODES["interrupted"]:
        return code
    return EXIT_CODES["pass"] if compared else EXIT_CODES["unjudged"]


def _check(settings: Settings, sizes: tuple[int, ...], restart: str) -> None:
    if not 2 <= len(set(sizes)) == len(sizes) <= MOST_SIZES or not all(1 <= size <= MOST_SIZE for size in sizes):
        raise ConfigError(
            f"--sizes: read {','.join(map(str, sizes))}, expected two to {MOST_SIZES} different sizes like 2,5,10,20"
        )
    if settings.host and "{size}" not in restart:
        raise ConfigError(
            "--restart: with HOST, give a command with {size} that restarts the deployment for each size: "
            "--restart 'POOL_SIZE={size} docker compose up -d --wait backend'"
        )
    if restart and not settings.host:
        raise ConfigError("--restart: only with HOST; the embedded target is restarted for each size")
    seconds = _seconds(settings, len(sizes))
    if seconds > MOST_SECONDS:
        raise ConfigError(
            f"pooling: {format_duration(seconds)} in all, expected {format_duration(MOST_SECONDS)} at most; try fewer --sizes "
            "or a shorter --duration"
        )


def _seconds(settings: Settings, count: int) -> float:
    duration = DURATION if settings.duration is None else settings.duration
    return count * (duration + (RAMP if settings.ramp is None else settings.ramp) + AROUND_SECONDS)


def _announce(settings: Settings, sizes: tuple[int, ...]) -> None:
    listed = ", ".join(map(str, sizes))
    print(f"pools of {listed}: {len(sizes)} runs, about {format_duration(_seconds(settings, len(sizes)))}", flush=True)


def _try(
    settings: Settings, size: int, restart: str, target: str, workers: int, words: list[str]
) -> tuple[Path | None, int, str]:
    """(run folder, exit code, what went wrong) for one size.

    If a size cannot be set, the folder is None and the reason is shown in the table; the other sizes are still tried.
    Raises ConfigError.
    """
    folders: list[Path | None] = []

    @contextmanager
    def alongside(locusts: Locusts, _: dict[str, Any]) -> Iterator[None]:
        try:
            yield
        finally:
            folders.append(locusts.folder)

    # Each size is a separate target, so that the deployment's document, history and `latest` are not changed.
    named = replace(settings, target=f"{settings.target or _host_name(settings)} pool of {size}")
    try:
        if settings.host:
            run_command(restart.replace("{size}", str(size)), RESTART_SECONDS)
            _wait_until_it_answers(settings)
        options = target if settings.host else f"{target} --pool-size {size} --pool-overflow 0".strip()
        code = run("load", named, options, workers, words, alongside=alongside)
    except ConfigError:
        raise  # every other size would fail too
    except ReznetLoadError as error:
        print(f"reznet-load: {error}", flush=True)
        return None, EXIT_CODES["unjudged"], str(error)
    folder = folders[0] if folders else None
    return (folder if folder is not None and folder.is_dir() else None), code, ""


def _host_name(settings: Settings) -> str:
    return (urlsplit(settings.host).hostname or "unnamed") if settings.host else "embedded"


def _wait_until_it_answers(settings: Settings) -> None:
    deadline = monotonic() + RESTART_SECONDS
    while True:
        try:
            inspect(settings)
            return
        except ReznetLoadError as error:
            if monotonic() > deadline:
                raise TargetError(f"not up {RESTART_SECONDS:.0f} s after --restart: {error}") from None
        sleep(0.5)
