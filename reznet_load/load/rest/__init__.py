"""REST calls of users: within a time and a size, straight to the host that was named."""
