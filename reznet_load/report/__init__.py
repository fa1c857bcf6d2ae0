"""Writes the documents of a run from its RunResult, with jinja2 and without gevent."""
