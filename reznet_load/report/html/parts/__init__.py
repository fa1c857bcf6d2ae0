"""Sections of the HTML pages: what each of their templates names."""
