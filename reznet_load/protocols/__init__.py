"""Protocols from bytes passed in, without I/O: WebSocket frames, permessage-deflate, Engine.IO and Socket.IO packets."""
