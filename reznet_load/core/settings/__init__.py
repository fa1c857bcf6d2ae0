"""The choices for a run: the record, the options that fill it, and the tables behind single options."""
