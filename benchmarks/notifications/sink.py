"""A mail server that takes everything and costs next to nothing: what a benchmark sends to.

    python -m benchmarks.notifications.sink PORT LOG

For each notification it writes a line to LOG: time, Message-ID. On SIGUSR1 it closes all connections, as a restart does;
with `--delay 0.05` it answers each message that much later, as a distant server does.
"""

import argparse
import asyncio
import re
import signal
import time
from typing import BinaryIO

MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
END = b"\r\n.\r\n"
GREETING = b"220 sink\r\n"
EHLO = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"


class Session(asyncio.Protocol):
    open: set["Session"] = set()

    def __init__(self, log: BinaryIO, delay: float) -> None:
        self.log, self.delay = log, delay
        self.buffer, self.in_data = b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.open.add(self)
        self.transport.write(GREETING)

    def connection_lost(self, error: Exception | None) -> None:
        self.open.discard(self)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while self._step():
            pass

    def _step(self) -> bool:
        if self.in_data:
            message, end, rest = self.buffer.partition(END)
            if not end:
                return False
            self.buffer, self.in_data = rest, False
            self._take(message)
            return True
        line, end, rest = self.buffer.partition(b"\r\n")
        if not end:
            return False
        self.buffer = rest
        verb = line[:4].upper()
        if verb == b"DATA":
            self.in_data = True
            self.transport.write(b"354 go\r\n")
        elif verb in (b"EHLO", b"HELO"):
            self.transport.write(EHLO)
        elif verb == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 ok\r\n")
        return True

    def _take(self, message: bytes) -> None:
        found = MESSAGE_ID.search(message, 0, 4000)
        if found and b"\r\nList-Unsubscribe:" in message:  # other mail of the site is no notification
            self.log.write(b"%.3f %b\n" % (time.time(), found[1]))
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, b"250 taken\r\n")
        else:
            self.transport.write(b"250 taken\r\n")


def hang_up() -> None:
    for session in list(Session.open):
        session.transport.abort()


async def serve(port: int, path: str, delay: float) -> None:
    loop = asyncio.get_running_loop()
    with open(path, "ab", buffering=0) as log:  # unbuffered: a killed sink has noted what it answered
        server = await loop.create_server(lambda: Session(log, delay), "127.0.0.1", port, backlog=200)
        loop.add_signal_handler(signal.SIGUSR1, hang_up)
        async with server:
            await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("log")
    parser.add_argument("--delay", type=float, default=0.0)
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.log, options.delay))
