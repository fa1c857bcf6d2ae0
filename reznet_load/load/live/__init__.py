"""Output of a run in progress: present values of rows, broken rows, the table on a terminal."""
