"""REST calls of users, with limits on time and size, only to the host that was named."""
