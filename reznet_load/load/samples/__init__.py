"""The measurements that a process keeps, and how they reach the run folder."""
