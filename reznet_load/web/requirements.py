"""The tab "Requirements" of Locust's web UI: every requirement with its present verdict, and the generator's state.

Locust's own `extended_tabs` adds the tab. Its tables, fed through `/stats/requests`, stop updating once the users have
stopped, sort their rows themselves and have neither headline nor colours; so the tab contains a page of ours. The page
is also at `/requirements`, for a window of its own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request, send_from_directory
from locust import events
from locust.env import Environment
from locust.web import WebUI

from reznet_load.core.nfr import load_requirements, shipped_requirements
from reznet_load.core.run import MARKS
from reznet_load.core.settings.settings import Settings
from reznet_load.load.live.metrics_page import LivePage
from reznet_load.load.live_judge import Judging
from reznet_load.load.run_notice import RunNotice
from reznet_load.load.user_context import shared_by
from reznet_load.web.metrics import metrics_blueprint

TAB = {"title": "Requirements", "key": "requirements"}
_HERE = Path(__file__).resolve().parent / "page"
_SCRIPT = b'<script src="./requirements/tab.js"></script></body>'


def requirements_tab() -> None:
    """Add the tab to the web UI of this process; does nothing without a web UI."""
    events.init.add_listener(_on_init)


def _on_init(environment: Environment, web_ui: WebUI | None = None, **_: Any) -> None:
    if web_ui is None or web_ui.app is None:
        return
    tabs = web_ui.template_args.get("extended_tabs", [])
    if TAB in tabs:  # a locustfile that adds what every scenario has
        return
    base = getattr(environment.parsed_options, "web_base_path", None) or ""
    web_ui.template_args["extended_tabs"] = [*tabs, TAB]
    web_ui.app.after_request(_with_script)
    judging = Judging()
    web_ui.app.register_blueprint(blueprint(environment, web_ui, judging), url_prefix=base)
    web_ui.app.register_blueprint(metrics_blueprint(environment, web_ui, LivePage(judging)), url_prefix=base)


def blueprint(environment: Environment, web_ui: WebUI, judging: Judging) -> Blueprint:
    """The page, its files, and `/requirements/state`: JSON of the current or the last run."""
    made = Blueprint("requirements", __name__)
    guarded = web_ui.auth_required_if_enabled

    @made.route("/requirements")
    @guarded
    def page() -> Response:
        return send_from_directory(_HERE, "requirements.html")

    @made.route("/requirements/<name>.js")
    @guarded
    def script(name: str) -> Response:
        return send_from_directory(_HERE, f"{name}.js")

    @made.route("/requirements/state")
    @guarded
    def state() -> Response:
        shared = shared_by(environment)
        if shared.folder is None:
            return _json(before(shared.settings) | {"notice": noticed(shared.notice)})
        answer, age = judging.latest(shared.folder)
        if not answer:
            return _json(before(shared.settings, "the judge is starting") | {"notice": noticed(shared.notice)})
        notice = json.dumps(noticed(shared.notice)).encode()
        return Response(
            b'{"age": %.1f, "notice": %b, "standing": %b}' % (age, notice, answer), mimetype="application/json"
        )

    return made


def noticed(notice: RunNotice) -> dict[str, Any]:
    """`load.run_notice` for the page: two texts, `waited` in s, and whether the shown run is an earlier one."""
    return {
        "refused": notice.refused,
        "waiting": notice.waiting,
        "waited": round(notice.waited),
        "old": notice.old,
    }


def before(settings: Settings, why: str = "no run has been started") -> dict[str, Any]:
    """Every requirement as Pending, in the form of `report.standing.as_json`."""
    overlay = Path(settings.nfr) if settings.nfr else None
    verdicts = [
        {
            "id": nfr.id,
            "title": nfr.title,
            "outcome": "pending",
            "mark": MARKS["pending"],
            "limit": nfr.target_text,
            "value": None,
            "n": 0,
            "row": "",
            "reason": why,
            "required": nfr.required,
            "written": {"value": "-", "interval": ""},
        }
        for nfr in load_requirements(shipped_requirements(settings.drives_reznet), overlay).nfrs
    ]
    standing = {
        "state": "",
        "outcome": "unjudged",
        "headline": f"⏳ Nothing is judged yet: {why}",
        "verdicts": verdicts,
    }
    nothing = {
        "failing": [],
        "cautions": [],
        "generator": [],
        "of_generator": "",
        "judged": [],
        "run": "",
        "phase": "",
        "behind": 0.0,
    }
    return {"age": 0.0, "standing": standing | nothing}


def _json(data: dict[str, Any]) -> Response:
    return Response(json.dumps(data), mimetype="application/json")


def _with_script(response: Response) -> Response:
    """Locust's own page with the script that fills the tab."""
    if request.endpoint == "locust.index" and response.mimetype == "text/html":
        response.set_data(response.get_data().replace(b"</body>", _SCRIPT))
    return response
