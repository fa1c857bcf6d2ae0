"""The pictures of `docs/samples/screens`: each kind of chart of the pages, of kept runs, in a real Chromium (`make screens`)."""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.browser import Tab, browser, installed
from tests.outside.pages import all_pages

HOME = Path(__file__).resolve().parent.parent / "docs" / "samples" / "screens"
SCALE = 0.65


@dataclass(frozen=True, slots=True)
class Screen:
    """A picture: of which page, of which element, in which theme, with the cursor at `share` of the time line."""

    name: str
    page: str
    selector: str
    scheme: str = "light"
    share: float | None = None


SCREENS = (
    Screen("first-screen", "failing", "section[aria-labelledby=outcome]"),
    Screen("timeline", "stress", "#charts", share=0.6),
    Screen("timeline-dark", "spike", "#charts", "dark"),
    Screen("outage", "history", "#charts"),
    Screen("distribution-and-slowest", "stress", "#curve"),
    Screen("steps", "stress", "section[aria-labelledby=steps]"),
    Screen("where-the-time-went", "stress", "section[aria-labelledby=time]"),
    Screen("history", "history", "section[aria-labelledby=history]"),
    Screen("capacity", "capacity", "main"),
    Screen("comparison", "comparison", "main"),
    Screen("comparison-distributions", "comparison", "section[aria-labelledby=curves]"),
)
# What makes a picture small enough to look at: four charts of a time line, one requirement of the history, five rows of a table.
_SHORT = (
    "document.querySelectorAll('#charts .chart:nth-child(n+5), section[aria-labelledby=history] h3 ~ h3,"
    "section[aria-labelledby=history] details ~ *, section[aria-labelledby=curves] details:nth-of-type(n+2),"
    "tbody tr:nth-child(n+6)').forEach((one) => one.remove())"
)


def shoot(tab: Tab, screen: Screen, page: Path) -> bytes:
    """The PNG."""
    tab.scheme(screen.scheme)
    tab.open(page)
    tab.run(_SHORT)
    if screen.share is not None:
        tab.run(
            f"(() => {{ const at = document.getElementById('at'); at.value = Math.round({screen.share} * at.max);"
            "at.dispatchEvent(new Event('input')); })()"
        )
    tab.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return tab.picture(screen.selector, SCALE)


def main() -> int:
    """Write them all."""
    chromium = installed()
    if chromium is None:
        print("no Chromium here, and no right to install it", file=sys.stderr)
        return 1
    HOME.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="reznet-load-") as home:
        with contextlib.redirect_stdout(io.StringIO()):
            pages = all_pages(Path(home))
        for screen in SCREENS:
            with browser(chromium, 1120) as tab:
                picture = shoot(tab, screen, pages[screen.page])
            (HOME / f"{screen.name}.png").write_bytes(picture)
            print(f"{screen.name}.png: {len(picture) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
