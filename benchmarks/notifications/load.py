"""Post notifications at a steady rate over kept connections; print what came of it as JSON.

    python -m benchmarks.notifications.load '{"port": 8000, "tokens": [...], "rate": 278, "seconds": 60}'

Calls that get no answer or a 5xx are repeated with the same Idempotency-Key, as a careful client does. A call that
comes late because all connections are busy is not left out: the rate that was reached shows it.
"""

import asyncio
import json
import sys
import time
import uuid
from collections import Counter
from typing import Any

BODY = {
    "subject": "Your application was received",
    "body": "An officer will look at it within a week.\n\nSee its status at https://benefits.example.gov/cases/4711\n"
    "and call us at 202-555-0143 with questions.",
}


class Load:
    def __init__(self, *, port: int, tokens: list[str], rate: float, seconds: float, connections: int = 16) -> None:
        self.port, self.tokens, self.rate, self.seconds, self.connections = port, tokens, rate, seconds, connections
        self.statuses: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.number = 0
        self.name = uuid.uuid4().hex  # another load uses other keys

    async def run(self) -> dict[str, Any]:
        self.began = time.monotonic()
        await asyncio.gather(*(self._connection() for _number in range(self.connections)))
        took = time.monotonic() - self.began
        accepted = self.statuses["200"]
        self.latencies.sort()
        return {
            "accepted": accepted,
            "seconds": round(took, 1),
            "rate": round(accepted / took, 1),
            "statuses": dict(self.statuses),
            "p50_ms": self._percentile(0.50),
            "p95_ms": self._percentile(0.95),
        }

    def _percentile(self, part: float) -> float:
        return round(1000 * self.latencies[int(part * (len(self.latencies) - 1))], 1) if self.latencies else 0.0

    async def _connection(self) -> None:
        stream = None
        while time.monotonic() - self.began < self.seconds:
            number = self.number
            self.number += 1
            due = self.began + number / self.rate
            if due - self.began >= self.seconds:
                break
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            request = self._request(number)
            sent = time.monotonic()
            for attempt in range(60):
                try:
                    if stream is None:
                        stream = await asyncio.open_connection("127.0.0.1", self.port)
                    status = await self._call(*stream, request)
                except (OSError, asyncio.IncompleteReadError, ValueError):
                    status, stream = "no answer", None
                self.statuses[status] += 1
                if status not in ("no answer", "500", "502", "503"):
                    break
                await asyncio.sleep(min(0.2 * (attempt + 1), 2))
            self.latencies.append(time.monotonic() - sent)

    def _request(self, number: int) -> bytes:
        token = self.tokens[number % len(self.tokens)]
        content = json.dumps({"notification": BODY}).encode()
        head = (
            f"POST /api/v1/notifications HTTP/1.1\r\nHost: my.example.gov\r\nAuthorization: Bearer {token}\r\n"
            f"Idempotency-Key: {self.name}-{number}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> str:
        writer.write(request)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
        lower = head.lower()
        if b"transfer-encoding: chunked" in lower:
            await asyncio.wait_for(reader.readuntil(b"\r\n0\r\n\r\n"), 30)
        else:
            await reader.readexactly(int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]))
        if b"connection: close" in lower:
            writer.close()  # the next call finds it closed and opens another
        return head[9:12].decode()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(Load(**json.loads(sys.argv[1])).run())))
