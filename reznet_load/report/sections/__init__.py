"""The sections of the results document: each module gives the values for the template with its name."""
