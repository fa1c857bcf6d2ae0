"""The sending side of the calibration, a separate process: it writes the time at random intervals to our standard
input.

Started by path without site packages: 10 ms and 8 MB; ten wake-ups a second. It ends when its reader is gone.
"""

import random
import socket
import struct
import time

MOMENT = struct.Struct("<d")  # seconds of CLOCK_MONOTONIC, the same clock for all processes of a machine
EVERY_SECONDS = (0.05, 0.15)  # random, so that no periodic activity of the generator gets in step with it


def main() -> None:
    """Send until the other end has closed."""
    peer = socket.socket(fileno=0)
    try:
        while True:
            time.sleep(random.uniform(*EVERY_SECONDS))
            peer.send(MOMENT.pack(time.clock_gettime(time.CLOCK_MONOTONIC)))
    except OSError:
        return


if __name__ == "__main__":
    main()
