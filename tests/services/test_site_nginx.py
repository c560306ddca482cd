"""The nginx configuration in examples/site: slow clients reach no one, and callers cannot pretend."""

import datetime
import http.server
import json
import shutil
import socket
import ssl
import string
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests import processes, programs
from tests.processes import ROOT

pytestmark = [pytest.mark.services]
NAME = "localhost"
LARGE = 8 * 1024 * 1024


class Site(http.server.BaseHTTPRequestHandler):
    """In place of the site: it answers one request at a time, so that one slow client would stop all."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b"x" * LARGE if self.path == "/large" else json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def do_POST(self):
        self.do_GET()

    def log_message(self, *arguments):
        pass


def certificate(folder):
    """Make a certificate for NAME; return the paths of it and of its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    signed = made.sign(key, hashes.SHA256())
    (folder / "site.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "site.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "site.pem", folder / "site.key"


@pytest.fixture(scope="module")
def proxy():
    """nginx with the shipped configuration before a site; `port` takes TLS, `plain` does not."""
    folder = Path(tempfile.mkdtemp(prefix="myusa-nginx-"))  # pytest's own folder is closed to the workers of nginx
    folder.chmod(0o755)
    certificate_file, key_file = certificate(folder)
    site = http.server.HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    port, plain = programs.free_port(), programs.free_port()
    values = {
        "LISTEN": f"127.0.0.1:{port}",
        "PLAIN": f"127.0.0.1:{plain}",
        "NAME": NAME,
        "CERTIFICATE": str(certificate_file),
        "KEY": str(key_file),
        "MYUSA": f"127.0.0.1:{site.server_port}",
        "SLOW": "2s",
    }
    text = (ROOT / "examples" / "site" / "nginx.conf.template").read_text()
    (folder / "nginx.conf").write_text(string.Template(text).safe_substitute(values))
    command = [programs.nginx(), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    found = Proxy(port, plain, certificate_file, site)
    with processes.running(*command, log=folder / "log", environment=processes.clean_environment()) as process:
        processes.wait_until(lambda: process.poll() is not None or found.listens())
        assert process.poll() is None, (folder / "log").read_text()
        yield found
    site.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


class Proxy:
    def __init__(self, port, plain, trusted, site):
        self.port, self.plain, self.trusted, self.site = port, plain, str(trusted), site

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def request(self, method, path, **options):
        return requests.request(
            method,
            f"https://{NAME}:{self.port}{path}",
            verify=self.trusted,
            timeout=10,
            allow_redirects=False,
            **options,
        )

    def connect(self):
        context = ssl.create_default_context(cafile=self.trusted)
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port)), server_hostname=NAME)

    def answers_quickly(self):
        started = time.monotonic()
        return self.request("GET", "/").status_code == 200 and time.monotonic() - started < 2


@pytest.mark.parametrize(
    "half",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf of it",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello",
    ],
    ids=["headers", "body", "chunks"],
)
def test_half_requests_stop_no_one_and_are_closed(proxy, half):
    with ExitStack() as open_ones:
        slow = [open_ones.enter_context(proxy.connect()) for _ in range(40)]
        for each in slow:
            each.sendall(half)
        assert all(proxy.answers_quickly() for _ in range(5))
        for each in slow:
            each.settimeout(10)
        assert all(is_closed(each) for each in slow)


def is_closed(connection):
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def test_slow_readers_of_large_answers_stop_no_one(proxy):
    with ExitStack() as open_ones:
        for _ in range(10):
            open_ones.enter_context(proxy.connect()).sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert all(proxy.answers_quickly() for _ in range(5))


def test_forwarded_headers_are_those_of_the_proxy(proxy):
    pretended = {
        "X-Forwarded-For": "10.9.9.9",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "1",
        "X-Real-IP": "10.9.9.9",
        "Forwarded": "for=10.9.9.9",
        "Via": "1.1 evil",
        "X_Forwarded_For": "10.9.9.9",
    }
    seen = proxy.request("GET", "/", headers=pretended).json()
    assert (seen["X-Forwarded-For"], seen["X-Forwarded-Proto"], seen["Host"]) == ("127.0.0.1", "https", NAME)
    assert "10.9.9.9" not in json.dumps(seen)
    assert "evil" not in json.dumps(seen)


def test_metrics_are_closed(proxy):
    assert proxy.request("GET", "/metrics").status_code == 404


def test_bodies_are_limited_in_the_callers_form(proxy):
    body = b"x" * (3 * 1024 * 1024)
    page, api = proxy.request("POST", "/profile", data=body), proxy.request("POST", "/api/v1/tasks", data=body)
    assert (page.status_code, page.headers["Content-Type"].split(";")[0]) == (413, "text/plain")
    assert (api.status_code, api.json()["errors"][0]["code"]) == (413, "BODY_TOO_LARGE")
    form = "/admin/onboarding/productionrequest/1/step/record_affidavit/"
    assert proxy.request("POST", form, data=body).status_code == 200
    assert proxy.request("POST", form, data=body * 4).status_code == 413


def test_plain_http_is_sent_to_https(proxy):
    answer = requests.get(f"http://{NAME}:{proxy.plain}/a?b=c", allow_redirects=False, timeout=5)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{NAME}/a?b=c")


def test_a_site_that_is_down_is_503_with_retry_after(proxy):
    proxy.site.shutdown()
    proxy.site.server_close()
    api = proxy.request("GET", "/api/v1/tasks")
    assert (api.status_code, api.headers["Retry-After"]) == (503, "5")
    assert api.json()["errors"][0]["code"] == "UNAVAILABLE"
    assert proxy.request("GET", "/").status_code == 503
