"""The other end of the calibration, a process of its own: now and then it says what time it is, on standard input.

Started by path without site packages: 10 ms and 8 MB; ten wake-ups a second. It ends when its reader has gone.
"""

import random
import socket
import struct
import time

MOMENT = struct.Struct("<d")  # seconds of CLOCK_MONOTONIC, one clock for all processes of a machine
EVERY_SECONDS = (0.05, 0.15)  # at random, so that nothing of the generator's can fall into step with it


def main() -> None:
    """Beat until the other end has closed."""
    peer = socket.socket(fileno=0)
    try:
        while True:
            time.sleep(random.uniform(*EVERY_SECONDS))
            peer.send(MOMENT.pack(time.clock_gettime(time.CLOCK_MONOTONIC)))
    except OSError:
        return


if __name__ == "__main__":
    main()
