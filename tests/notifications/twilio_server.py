"""A server on loopback that responds like Twilio's API: what was sent is in `sent`, what was asked in `calls`."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests import programs


class TwilioServer(ThreadingHTTPServer):
    """Responds like Twilio's API; `answer` is (status, body) or "drop".

    `hold(taken=…)` keeps callers waiting until `go_on`, with or without taking their message first; `held` are the calls.
    """

    daemon_threads = True

    def __init__(self):
        self.calls, self.sent, self.answer, self.held, self.lookups = [], [], None, [], 0
        self._takes_held, self._going = False, threading.Event()
        self._going.set()
        super().__init__(("127.0.0.1", programs.free_port()), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> "TwilioServer":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def hold(self, *, taken: bool) -> None:
        self.held.clear()
        self._takes_held = taken
        self._going.clear()

    def go_on(self) -> None:
        self._going.set()

    def wait(self, take) -> bool:
        """Return whether the caller was kept waiting, and gets no response."""
        if self._going.is_set():
            return False
        if self._takes_held:
            take()
        self.held.append(True)
        self._going.wait(120)
        return True

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.server.calls.append((self.path, self.headers["Authorization"], form))
        if self.server.answer == "drop":
            self.close_connection = True
            return
        if self.server.answer:
            self.reply(*self.server.answer)
            return
        if self.server.wait(lambda: self.take(form)):
            self.close_connection = True
            return
        self.reply(201, self.take(form))

    def take(self, form):
        message = {
            "sid": f"SM{len(self.server.sent):032}",
            "status": "queued",
            "body": form["Body"],
            "to": form["To"],
            "error_code": None,
        }
        self.server.sent.append(message)
        return message

    def do_GET(self):
        path = urlsplit(self.path).path
        self.server.lookups += 1
        if path.endswith("Messages.json"):
            self.reply(200, {"messages": self.server.sent, "page": 0, "next_page_uri": None, "uri": path})
            return
        found = [message for message in self.server.sent if message["sid"] in path]
        self.reply(200, found[0]) if found else self.reply(404, {"code": 20404, "message": "not found"})

    def reply(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass
