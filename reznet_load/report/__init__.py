"""Floor 4, with jinja2: from a RunResult to documents. Works without gevent."""
