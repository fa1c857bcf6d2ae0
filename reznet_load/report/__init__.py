"""From a RunResult to documents (jinja2). Works without gevent."""
