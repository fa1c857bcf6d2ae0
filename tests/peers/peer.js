// The conversation of peer.py, served by the original: socket.io on node, with permessage-deflate: `node peer.js PORT`.
const { gzipSync } = require("node:zlib");
const { Server } = require("socket.io");

const options = { transports: ["websocket"], pingInterval: 300, pingTimeout: 2000, perMessageDeflate: { threshold: 0 } };
const server = new Server(options);

server.on("connection", (socket) => {
  socket.on("message_send", (data) => {
    socket.emit("message_new", { id: "m1", author_type: "user", content: data.content });
    for (let number = 0; number < 5; number++) {
      socket.emit("message_stream", { message_id: "r1", chunk: `word ${number} `, is_final: number === 4 });
    }
    const whole = { id: "r2", author_type: "agent", content: "word ".repeat(400) };
    socket.emit("message_new:gz", gzipSync(JSON.stringify(whole)));
  });
  socket.on("ping", (data) => {
    socket.emit("pong", { timestamp: data.timestamp });
    setTimeout(() => {
      socket.emit("error", { message: "that is all" });
      socket.disconnect(true);
    }, 700);
  });
});
server.listen(Number(process.argv[2]), { host: "127.0.0.1" });
