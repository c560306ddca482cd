"""An authenticator in software: creates passkeys and signs with them as a browser does, or wrongly on purpose."""

import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator as Row
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from accounts import passkeys
from accounts.models import User
from myusa.lib.security.digests import random_token

FLAG = AuthenticatorData.FLAG
OPTIONS, ADD = "/users/passkey/options", "/settings/security/passkeys/add"


class Authenticator:
    """Holds one passkey of one person."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = random_token(16).encode()
        self.user_handle = b""
        self.counter = 0
        self.verifies = True

    def create(self, options: dict[str, Any], **wrong: Any) -> str:
        """Return the response to `navigator.credentials.create`, as the page's script sends it."""
        self.user_handle = websafe_decode(options["publicKey"]["user"]["id"])
        credential = AttestedCredentialData.create(
            b"\0" * 16, self.credential_id, ES256.from_cryptography_key(self.key.public_key())
        )
        signed = self._data(FLAG.AT, credential)
        parts = {"attestationObject": websafe_encode(AttestationObject.create("none", signed, {}))}
        return self._response(parts, self._client_data("webauthn.create", options, **wrong))

    def use(self, options: dict[str, Any], **wrong: Any) -> str:
        """Return the response to `navigator.credentials.get`."""
        self.counter += 1
        data, client_data = self._data(FLAG(0)), self._client_data("webauthn.get", options, **wrong)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        parts = {"authenticatorData": data, "signature": signature, "userHandle": self.user_handle}
        encoded = {name: websafe_encode(part) for name, part in parts.items()}
        return self._response(encoded, client_data)

    def _data(self, flags: FLAG, credential: bytes = b"") -> AuthenticatorData:
        rp = hashlib.sha256((urlsplit(settings.BASE_URL).hostname or "").encode()).digest()
        verified = FLAG.UV if self.verifies else FLAG(0)
        return AuthenticatorData.create(rp, flags | FLAG.UP | verified, self.counter, credential)

    def _client_data(self, kind: str, options: dict[str, Any], *, origin: str = "", challenge: str = "") -> bytes:
        signed_challenge = challenge or options["publicKey"]["challenge"]
        content = {"type": kind, "challenge": signed_challenge, "origin": origin or settings.BASE_URL}
        return json.dumps({**content, "crossOrigin": False}).encode()

    def _response(self, parts: dict[str, str], client_data: bytes) -> str:
        number = websafe_encode(self.credential_id)
        response = {"clientDataJSON": websafe_encode(client_data), **parts}
        return json.dumps({"id": number, "rawId": number, "type": "public-key", "response": response})


def options(browser: Client, purpose: str) -> dict[str, Any]:
    """Return what the page's script gets to create or use a passkey."""
    response = browser.get(f"{OPTIONS}/{purpose}")
    assert response.status_code == 200, response.content
    return dict(response.json())


def add_passkey(browser: Client, device: Authenticator | None = None, *, name: str = "", **fields: str) -> Any:
    """Add the passkey of a device on the page; return the response."""
    credential = (device or Authenticator()).create(options(browser, "add"))
    return browser.post(ADD, {"name": name, "credential": credential, **fields})


def give_passkey(user: User, *, name: str = "Phone") -> Authenticator:
    """Return a device with a passkey of `user`, stored without the page."""
    device = Authenticator()
    device.user_handle = user.uid.bytes
    credential = AttestedCredentialData.create(
        b"\0" * 16, device.credential_id, ES256.from_cryptography_key(device.key.public_key())
    )
    data = {"name": name, "credential": websafe_encode(credential), "counter": 0, "is_backed_up": True}
    Row.objects.create(user=user, type=passkeys.WEBAUTHN, data=data)
    RecoveryCodes.activate(user)
    return device
