"""`/metrics` on the port of Locust's web UI."""

from __future__ import annotations

from flask import Blueprint, Response
from locust.env import Environment
from locust.web import WebUI

from reznet_load.load.live.metrics_page import CONTENT_TYPE, LivePage
from reznet_load.load.user_context import shared_by


def metrics_blueprint(environment: Environment, web_ui: WebUI, page: LivePage) -> Blueprint:
    """The metrics page of the current or the last run; it requires the login if the web UI has one."""
    made = Blueprint("metrics", __name__)

    @made.route("/metrics")
    @web_ui.auth_required_if_enabled
    def metrics() -> Response:
        found = page.look(shared_by(environment).folder)
        if found is None:
            return Response("the process that writes this page does not answer; it is started again\n", status=503)
        return Response(found, content_type=CONTENT_TYPE)

    return made
