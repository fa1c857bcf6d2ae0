"""Protocol parsers without I/O, fed with bytes: WebSocket frames, permessage-deflate, Engine.IO and Socket.IO packets."""
