"""The results document of a chat backend that is not RezNet."""
