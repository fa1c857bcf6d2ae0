"""Floor 3, with pandas and jinja2: from the files of a run to its result and its document. Works without gevent."""
