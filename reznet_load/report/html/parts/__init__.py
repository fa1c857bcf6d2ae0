"""The sections of the HTML pages: each module gives the values for its templates."""
