"""Requests to addresses that people typed: to public addresses only, however the name resolves and wherever it redirects.

A name is resolved once, every address it has is checked, and the connection goes to the checked address itself. So a
name that resolves differently the second time (DNS rebinding) reaches nothing else. Each redirect passes the same checks.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from django.utils.translation import gettext as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS = {"http": 80, "https": 443}
MAX_REDIRECTS = 5
MAX_URL = 2000
SECONDS = 10
USER_AGENT = "MyUSA-Link-Check/1.0"
# Prefixes of IPv6 that contain an IPv4 address: NAT64 (RFC 6052, RFC 8215).
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


class Refused(Exception):
    """The address is not fetched, or gave no response. The message is for people."""


@dataclass(frozen=True)
class Fetched:
    """What came back after redirects. `url` is the last address."""

    url: str
    status: int


def fetch(url: str, *, seconds: float = SECONDS) -> Fetched:
    """Return the status of a GET for `url`, following redirects; raise Refused. No content is read.

    It ends after `seconds` for all redirects together, also when a server sends its headers byte by byte.
    """
    deadline = time.monotonic() + seconds
    for _hop in range(MAX_REDIRECTS + 1):
        status, location = _get(url, deadline)
        if status not in (301, 302, 303, 307, 308) or not location:
            return Fetched(url, status)
        try:
            url = urljoin(url, location)
        except ValueError as error:  # a bracket that is not closed
            raise Refused(_("It is not a complete web address.")) from error
    raise Refused(_("It redirects more than %(number)d times.") % {"number": MAX_REDIRECTS})


def is_public(address: Address) -> bool:
    """Return whether `address` is on the public internet, also if it is an IPv4 address inside of an IPv6 one."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and any(address in network for network in _NAT64):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast


def _get(url: str, deadline: float) -> tuple[int, str]:
    parts = parts_of(url)
    host = parts.hostname or ""
    left = deadline - time.monotonic()
    if left <= 0:
        raise Refused(_("It didn’t respond in time."))
    connection = _Connection(host, PORTS[parts.scheme], resolve(host), secure=parts.scheme == "https", timeout=left)
    # A socket's timeout starts again with each byte. This one ends the whole exchange.
    alarm = threading.Timer(left, connection.abort)
    alarm.daemon = True
    alarm.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"User-Agent": USER_AGENT, "Accept": "*/*", "Connection": "close"})
        response = connection.getresponse()
        return response.status, response.getheader("Location") or ""
    except ssl.SSLCertVerificationError as error:
        raise Refused(_("Its certificate isn’t valid: %(reason)s.") % {"reason": error.verify_message}) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() >= deadline or isinstance(error, TimeoutError)
        raise Refused(_("It didn’t respond in time.") if late else _("No web server responds there.")) from error
    finally:
        alarm.cancel()
        connection.close()


def parts_of(url: str) -> SplitResult:
    """Return the parts of a web address; raise Refused if it is incomplete or has a name, a space or a port of its own."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused(_("It isn’t a complete URL.")) from error
    if (
        parts.scheme not in PORTS
        or not parts.hostname
        or len(url) > MAX_URL
        or not url.isascii()
        or not url.isprintable()
    ):
        raise Refused(_("It isn’t a complete URL."))
    if " " in url or parts.username is not None or parts.password is not None:
        raise Refused(_("It contains a space or a user name."))
    if port not in (None, PORTS[parts.scheme]):
        raise Refused(_("It has a port. We check only the standard web ports."))
    return parts


def resolve(host: str) -> Address:
    """Return an address of `host`; raise Refused if it has none, or one that is not public."""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
        addresses = sorted(
            (ipaddress.ip_address(str(each).partition("%")[0]) for each in found), key=lambda a: a.version
        )
    except (OSError, UnicodeError, ValueError) as error:
        raise Refused(_("The name %(host)s doesn’t exist.") % {"host": host}) from error
    if not addresses or not all(map(is_public, addresses)):
        raise Refused(_("It isn’t on the public internet."))
    return addresses[0]


class _Connection(http.client.HTTPConnection):
    """A connection to one checked address, under the name that certificate and server know."""

    def __init__(self, host: str, port: int, address: Address, *, secure: bool, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address, self._secure = address, secure
        if secure:
            self.default_port = PORTS["https"]

    def connect(self) -> None:
        self.sock = socket.create_connection((str(self._address), self.port), timeout=self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def abort(self) -> None:
        """End the exchange from another thread: a thread that waits for a byte gets the end of the stream."""
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return
