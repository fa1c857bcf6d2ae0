"""Opens the tab like a browser, in a separate interpreter: `look.py FOLDER`; prints what it received as JSON.

The app is Locust's real one, the judge runs in its process; importing Locust patches the interpreter.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gevent
from flask.testing import FlaskClient
from locust.env import Environment
from locust.web import WebUI

from reznet_load.core.settings.settings import Settings
from reznet_load.load.live_judge import Judging
from reznet_load.load.run_notice import RunNotice
from reznet_load.web import requirements


def state(client: FlaskClient) -> dict[str, Any]:
    return client.get("/requirements/state").get_json()["standing"]


def notice(client: FlaskClient) -> dict[str, Any]:
    return client.get("/requirements/state").get_json()["notice"]


def answered(client: FlaskClient) -> dict[str, Any]:
    """The state once the judge has spoken."""
    with gevent.Timeout(50):
        while not (found := state(client)).get("run") and "error" not in found:
            gevent.sleep(0.1)
    return found


def main(folder: Path) -> None:
    environment = Environment(user_classes=[])
    environment.create_local_runner()
    shared = SimpleNamespace(folder=None, settings=Settings(), notice=RunNotice())
    environment.reznet = shared  # type: ignore[attr-defined]
    web_ui, judging = WebUI(environment, "127.0.0.1", 0, delayed_start=True), Judging()
    requirements.Judging = lambda: judging  # type: ignore[assignment,misc]
    requirements._on_init(environment, web_ui)
    assert web_ui.app is not None
    client = web_ui.app.test_client()
    seen: dict[str, Any] = {"before": state(client)}
    for path in ("/", "/requirements", "/requirements/page.js", "/requirements/tab.js"):
        seen[path] = client.get(path).get_data(as_text=True)
    seen["metrics before"] = client.get("/metrics").get_data(as_text=True)
    seen["other"] = client.get("/requirements/other.js").status_code
    shared.notice.starting()
    seen["starting"] = notice(client)
    shared.notice.refuse("no answer from http://127.0.0.1:9")
    seen["refused at first"] = notice(client)
    shared.folder = folder
    shared.notice.begun()
    seen["first"], seen["answered"], seen["running"] = state(client), answered(client), notice(client)
    page = client.get("/metrics")
    seen["metrics"], seen["metrics type"] = page.get_data(as_text=True), page.content_type
    shared.notice.starting()
    shared.notice.refuse("no answer from http://127.0.0.1:9")
    seen["refused"] = notice(client)
    judging.process.command = (sys.executable, "-c", "")
    judging.close()
    shared.folder = folder.parent / "another"
    seen["another"], seen["dead"] = state(client), answered(client)
    seen["metrics of no folder"] = client.get("/metrics").status_code
    judging.close()
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
