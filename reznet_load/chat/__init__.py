"""What is said over the socket: frames, packets, payloads and turns, from bytes and a clock passed in. No I/O."""
