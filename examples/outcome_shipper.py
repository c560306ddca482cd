"""Send the outcomes in an access log of nginx or Envoy to MyUSA. Python's standard library and nothing else.

The proxy writes one JSON line per call (see case_status_api/nginx.conf.template and envoy.yaml.template). This program follows the log, also across
rotation and restarts, and posts the lines in batches to /gateway/outcomes. What MyUSA does not accept yet is sent again
for a day. It may run twice: MyUSA counts each outcome once.

    MYUSA=http://127.0.0.1:8000 MYUSA_CLIENT_ID=… MYUSA_CLIENT_SECRET=… \\
      python examples/outcome_shipper.py outcomes.log shipper.state [--once]
"""

import base64
import contextlib
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

BATCH = 1_000
PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
KEEP_SECONDS = 24 * 3600
AGAIN = {"unknown"}

Entry = dict[str, Any]


class Shipper:
    """Follows one log. Its state file holds the position and what is to be sent again."""

    def __init__(self, log: Path, state: Path, url: str, client_id: str, secret: str) -> None:
        self.log, self.state, self.url = log, state, f"{url}/gateway/outcomes"
        credentials = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
        self.authorization = f"Basic {base64.b64encode(credentials).decode()}"
        known = json.loads(state.read_text()) if state.exists() else {}
        self.inode, self.offset = known.get("inode"), known.get("offset", 0)
        self.again: list[Entry] = known.get("again", [])

    def run(self) -> None:
        """Ship until interrupted; wait longer while MyUSA cannot be reached."""
        pause = PAUSE_SECONDS
        while True:
            try:
                moved = self.ship()
                pause = PAUSE_SECONDS
            except OSError as error:
                print(f"outcomes wait: {error}", file=sys.stderr, flush=True)
                moved, pause = 0, min(2 * pause, LONGEST_PAUSE_SECONDS)
            if not moved:
                time.sleep(pause)

    def ship(self) -> int:
        """Send one batch; return how many lines of the log it moved past. Raises OSError and moves nowhere on failure."""
        lines, inode, offset = self._read()
        fresh = [entry for line in lines if (entry := outcome_of(line))]
        now = time.time()
        batch = [*self.again[: BATCH // 2], *({"first": now, **entry} for entry in fresh)]
        rest = self.again[BATCH // 2 :]
        if batch:
            results = self._post([{k: v for k, v in entry.items() if k != "first"} for entry in batch])
            for entry, result in zip(batch, results, strict=True):
                if result.get("result") in AGAIN and now - entry["first"] < KEEP_SECONDS:
                    rest.append(entry)
                elif result.get("result") not in ("recorded", "duplicate"):
                    print(f"outcome not taken: {result} {entry}", file=sys.stderr, flush=True)
        self.inode, self.offset, self.again = inode, offset, rest
        self._save()
        return len(lines)

    def _read(self) -> tuple[list[str], int | None, int]:
        """Return up to half a batch of whole lines, and where the next ones begin."""
        path = self._current()
        if path is None:
            return [], self.inode, self.offset
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            offset = self.offset if status.st_ino == self.inode and self.offset <= status.st_size else 0
            file.seek(offset)
            lines: list[str] = []
            while len(lines) < BATCH // 2 and (line := file.readline()).endswith(b"\n"):
                lines.append(line.decode(errors="replace"))
                offset += len(line)
        return lines, status.st_ino, offset

    def _current(self) -> Path | None:
        """Return the file to read: the one begun before, also under a rotated name, as long as it has more lines."""
        if self.inode is not None:
            for path in sorted(self.log.parent.glob(f"{self.log.name}*")):
                status = path.stat()
                if status.st_ino == self.inode and (status.st_size > self.offset or path == self.log):
                    return path
        return self.log if self.log.exists() else None

    def _post(self, entries: list[Entry]) -> list[dict[str, str]]:
        request = urllib.request.Request(
            self.url,
            data=json.dumps({"outcomes": entries}).encode(),
            headers={"Content-Type": "application/json", "Authorization": self.authorization},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            results: list[dict[str, str]] = json.load(response)["results"]
            return results

    def _save(self) -> None:
        draft = self.state.with_suffix(".new")
        draft.write_text(json.dumps({"inode": self.inode, "offset": self.offset, "again": self.again}))
        draft.replace(self.state)


def outcome_of(line: str) -> Entry | None:
    """Return the outcome in a line, None for a call that MyUSA refused and for a damaged line."""
    try:
        found = json.loads(line)
        if found.pop("verified") != "200":
            return None
        milliseconds = _milliseconds(found)
        # An API that sends an ETag lets MyUSA see that a response changed.
        if etag := found.pop("etag", ""):
            found["response_digest"] = hashlib.sha256(etag.encode()).hexdigest()
        found["latency_ms"] = milliseconds
    except (ValueError, KeyError, AttributeError, TypeError):
        print(f"damaged line: {line[:200]!r}", file=sys.stderr, flush=True)
        return None
    return dict(found)


def _milliseconds(found: Entry) -> float:
    """Take the time of the upstream out of a line: Envoy's in milliseconds, null if it answered by itself, or nginx's."""
    if "upstream_ms" in found:
        return float(found.pop("upstream_ms") or 0)
    # Of the last upstream; "-" if nginx answered by itself.
    seconds = found.pop("upstream_seconds").split(",")[-1].strip()
    return round(1000 * float(seconds if seconds not in ("", "-") else 0), 3)


def main() -> None:
    """Ship from the log to the server that the environment names."""
    log, state = Path(sys.argv[1]), Path(sys.argv[2])
    names = ("MYUSA", "MYUSA_CLIENT_ID", "MYUSA_CLIENT_SECRET")
    shipper = Shipper(log, state, *(os.environ[name] for name in names))
    if "--once" in sys.argv:
        while shipper.ship():
            pass
    else:
        shipper.run()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
