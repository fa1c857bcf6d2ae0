"""Questions to chat backends and their replies, computed from bytes and moments that the caller passes in. No I/O."""
