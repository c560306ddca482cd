"""The audit of dependencies passes, fails, or says that it checked nothing."""

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests import processes, programs


@pytest.fixture
def osv():
    """A server of advisories: `osv.vulnerable` names the packages that have one."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            server.asked += [(each["package"]["ecosystem"], each["package"]["name"]) for each in queries]
            responses = [
                {"vulns": [{"id": "GHSA-1"}]} if each["package"]["name"] in server.vulnerable else {}
                for each in queries
            ]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"results": responses}).encode())

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.vulnerable, server.asked = set(), []
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def audit(port, script="audit"):
    return subprocess.run(
        [sys.executable, f"scripts/{script}", *(["audit"] if script == "check" else [])],
        cwd=processes.ROOT,
        env=processes.clean_environment(OSV_URL=f"http://127.0.0.1:{port}"),
        capture_output=True,
        text=True,
    )


def test_every_locked_package_of_python_and_npm_is_asked_for(osv):
    result = audit(osv.server_port)
    assert result.returncode == 0, result.stdout
    assert {("PyPI", "django"), ("PyPI", "pytest"), ("PyPI", "twilio"), ("npm", "@uswds/uswds")} <= set(osv.asked)
    assert {("npm", "express"), ("npm", "oauth4webapi"), ("npm", "simple-oauth2")} <= set(osv.asked)


def test_package_with_an_advisory_fails(osv):
    osv.vulnerable = {"django"}
    result = audit(osv.server_port)
    assert result.returncode == 1
    assert "django" in result.stdout
    assert "GHSA-1" in result.stdout


def test_without_advisories_nothing_counts_as_passed():
    port = programs.free_port()
    assert audit(port).returncode == 77
    result = audit(port, "check")
    assert result.returncode == 0
    assert "-- skipped, so not passed: audit" in result.stdout
    assert "every check passed" not in result.stdout
