"""Names of cookies. It is used by the settings, so it knows none."""


def host_only(name: str, *, secure: bool) -> str:
    """Return a name for which browsers take a cookie over https from the host itself only (RFC 6265bis §4.1.3.2)."""
    return f"__Host-{name}" if secure else name
