"""Protocols without I/O: WebSocket frames, permessage-deflate, Engine.IO and Socket.IO packets, from bytes passed in."""
