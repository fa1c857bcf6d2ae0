"""A real Chromium without a window, driven over its DevTools protocol: what a page logs, asks for, shows and takes."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import websocket

START_SECONDS, ANSWER_SECONDS = 30.0, 60.0
_QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-port=0", "--remote-allow-origins=*",
)  # fmt: skip
_COMPLAINTS = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")


def installed() -> str | None:
    """The browser, installed where this process may; None where it may not."""
    if shutil.which("chromium") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True, timeout=300)
        install = ["apt-get", "install", "-y", "-qq", "chromium", "fonts-noto-color-emoji"]
        subprocess.run(install, check=True, timeout=600, stdout=subprocess.DEVNULL)
    return shutil.which("chromium")


@dataclass(slots=True)
class Tab:
    """One page. `complaints`: what it logged or threw; `asked`: addresses that it asked for after its own."""

    wire: websocket.WebSocket
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    loaded: bool = False
    _number: int = 0

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask the browser; its answer. Raises RuntimeError where it refuses."""
        self._number += 1
        self.wire.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            heard = self._hear()
            if heard.get("id") == self._number:
                if "error" in heard:
                    raise RuntimeError(f"{method}: {heard['error']['message']}")
                return heard["result"]

    def _hear(self) -> dict[str, Any]:
        heard: dict[str, Any] = json.loads(self.wire.recv())
        method, parameters = heard.get("method"), heard.get("params", {})
        if method in _COMPLAINTS:
            self.complaints.append(json.dumps(parameters)[:500])
        elif method == "Network.requestWillBeSent":
            self.asked.append(parameters["request"]["url"])
        elif method == "Page.loadEventFired":
            self.loaded = True
        return heard

    def open(self, page: Path) -> float:
        """Load the file, and wait until it has painted; seconds from asking for it."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.loaded, began = False, time.perf_counter()
        self.send("Page.navigate", url=page.as_uri())
        self.wait()
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        took = time.perf_counter() - began
        self.asked = [one for one in self.asked if one != page.as_uri() and not one.startswith("data:")]
        return took

    def wait(self) -> None:
        """Until the page that was asked for is loaded."""
        while not self.loaded:
            self._hear()

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression; promises are awaited. Raises RuntimeError where it throws."""
        answer = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def scheme(self, name: str) -> None:
        """`light` or `dark`."""
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def key(self, name: str, code: int) -> None:
        """Press a key and let it go; `code` is its virtual key code."""
        for kind in ("rawKeyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code)

    def point(self, x: float, y: float) -> None:
        """Move the pointer to that place of the window, in CSS pixels."""
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def picture(self, selector: str = "body", scale: float = 1.0) -> bytes:
        """A PNG of the first element that `selector` finds."""
        box = self.run(
            f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            "return {x: b.x + scrollX, y: b.y + scrollY, width: b.width, height: b.height}; })()"
        )
        answer = self.send("Page.captureScreenshot", captureBeyondViewport=True, clip=box | {"scale": scale})
        return base64.b64decode(answer["data"])

    def paper(self) -> bytes:
        """The page as a PDF, on the paper that its style sheet wants."""
        return base64.b64decode(self.send("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])


@contextmanager
def browser(chromium: str, width: int = 1100, height: int = 900) -> Iterator[Tab]:
    """An empty page in a window of that size; the browser and what it wrote are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="reznet-load-", ignore_cleanup_errors=True) as home:
        command = [chromium, *_QUIET, f"--user-data-dir={home}", f"--window-size={width},{height}", "about:blank"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wire = websocket.create_connection(
                _address(Path(home), process), timeout=ANSWER_SECONDS, http_no_proxy=["*"]
            )
            yield Tab(wire)
            wire.close()
        finally:
            process.terminate()
            process.wait(timeout=20)


def _address(home: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the page's protocol is spoken. Raises RuntimeError where the browser ended, or says nothing for long."""
    port, until = home / "DevToolsActivePort", time.monotonic() + START_SECONDS
    ask = build_opener(ProxyHandler({}))  # never through a proxy of the environment
    while time.monotonic() < until and process.poll() is None:
        lines = port.read_text().split() if port.exists() else []
        if len(lines) == 2:
            with ask.open(f"http://127.0.0.1:{lines[0]}/json", timeout=10) as answer:
                pages = [one for one in json.load(answer) if one["type"] == "page"]
            if pages:
                return str(pages[0]["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise RuntimeError(f"{process.args[0]}: no DevTools within {START_SECONDS:.0f} s (exit {process.poll()})")  # type: ignore[index]
