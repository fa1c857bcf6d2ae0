"""The document of a chat backend that is not RezNet: what such a backend has, and no section about what it has not."""
