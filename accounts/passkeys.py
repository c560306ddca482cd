"""Passkeys: what the browser is asked to create or sign (WebAuthn Level 3), and what counts as a right response.

A challenge is stored nowhere. It carries a seal that binds it to its purpose, the person and this browser, and it works
once within CHALLENGE_AGE. The keys are rows of allauth's second factors, so the rest of the site treats an
authenticator app and a passkey alike. docs/decisions/0028 says why.
"""

import json
import struct
import time
import uuid
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils import timezone
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    CollectedClientData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import SpentCode, User
from accounts.models.spent_codes import SPENT_FOR
from accounts.refusals import (
    PasskeyCopied,
    PasskeyForeign,
    PasskeyRefused,
    PasskeyStale,
    PasskeyTwice,
    PasskeyUnknown,
    PasskeyUnverified,
)
from myusa.lib.security.digests import keyed_digest, keyed_digests, random_token, same

WEBAUTHN = Authenticator.Type.WEBAUTHN
# How long a challenge can be signed, in seconds. A spent one is remembered for as long.
CHALLENGE_AGE = int(SPENT_FOR.total_seconds())
# Passkeys of one account, and characters of a browser's response.
MAX_PASSKEYS = 20
MAX_RESPONSE = 20_000
_PURPOSE = "passkey-challenge"
# What fido2 raises for bytes that are no response.
_UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
_PARTS = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")
Response = TypeVar("Response", RegistrationResponse, AuthenticationResponse)


class Purpose(StrEnum):
    """What a challenge is for."""

    SIGN_IN = "sign_in"
    SECOND_STEP = "second_step"
    CONFIRM = "confirm"
    ADD = "add"


def origin() -> str:
    """Return the one origin whose pages can use passkeys: that of BASE_URL."""
    parts = urlsplit(settings.BASE_URL)
    return f"{parts.scheme}://{parts.netloc}"


def is_available() -> bool:
    """Return whether browsers offer passkeys at BASE_URL: https, or localhost, and never an IP address."""
    parts = urlsplit(settings.BASE_URL)
    host = parts.hostname or ""
    return not _is_ip_address(host) and (parts.scheme == "https" or host == "localhost" or host.endswith(".localhost"))


def of(user: User) -> "QuerySet[Authenticator]":
    """Return the person's passkeys, the oldest first."""
    return Authenticator.objects.filter(user=user, type=WEBAUTHN).order_by("created_at", "pk")


def creation_options(request: HttpRequest, user: User) -> dict[str, Any]:
    """Return what the browser needs to create a passkey of `user`."""
    entity = PublicKeyCredentialUserEntity(id=user.uid.bytes, name=user.email, display_name=user.email)
    options, _state = _server().register_begin(
        entity,
        credentials=[_credential(passkey) for passkey in of(user)],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=_new_challenge(request, Purpose.ADD, user),
    )
    return dict(options)


def request_options(request: HttpRequest, purpose: Purpose, user: User | None = None) -> dict[str, Any]:
    """Return what the browser needs to use a passkey: any of this site, or one of `user`."""
    options, _state = _server().authenticate_begin(
        [_credential(passkey) for passkey in of(user)] if user else None,
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=_new_challenge(request, purpose, user),
    )
    return dict(options)


def register(request: HttpRequest, user: User, text: str, *, name: str) -> Authenticator:
    """Store the passkey that the browser created; raise PasskeyRefused. `text` is its response as JSON."""
    response = _parsed(RegistrationResponse, text)
    challenge = _checked(request, Purpose.ADD, user, response.response.client_data)
    server = _server()
    try:
        created = server.register_complete(_state(challenge), response)
        if not created.is_user_verified():
            raise PasskeyUnverified
        credential = created.credential_data
        key = credential.public_key if credential else None
        if credential is None or key is None or key.ALGORITHM not in CoseKey.supported_algorithms():
            raise PasskeyRefused
    except _UNREADABLE as error:
        raise PasskeyRefused from error
    with transaction.atomic():
        _spend(challenge)
        return Authenticator.objects.create(
            user=user,
            type=WEBAUTHN,
            data={
                "name": name,
                "credential": websafe_encode(credential),
                "counter": created.counter,
                "is_backed_up": created.is_backed_up(),
            },
        )


def verify(request: HttpRequest, purpose: Purpose, text: str, *, user: User | None = None) -> Authenticator:
    """Return the passkey that signed the browser's response, and note its use; raise PasskeyRefused.

    Without `user` the response says whose it is.
    """
    response = _parsed(AuthenticationResponse, text)
    challenge = _checked(request, purpose, user, response.response.client_data)
    passkey = _named(response, user)
    signed = response.response.authenticator_data
    try:
        if not signed.is_user_verified():
            raise PasskeyUnverified
        _server().authenticate_complete(_state(challenge), [_credential(passkey)], response)
    except _UNREADABLE as error:
        raise PasskeyRefused from error
    _spend(challenge)
    return _note_use(passkey, signed.counter, is_backed_up=signed.is_backed_up())


def rename(passkey: Authenticator, name: str) -> None:
    """Give a passkey another name, whatever a sign-in writes to it in the meantime."""
    with transaction.atomic():
        locked = Authenticator.objects.select_for_update().get(pk=passkey.pk)
        locked.data = {**locked.data, "name": name}
        locked.save(update_fields=["data"])


def free_name(user: User, wanted: str) -> str:
    """Return `wanted`, with a number if another passkey of the person has this name."""
    taken = {passkey.data["name"].casefold() for passkey in of(user)}
    names = (wanted, *(f"{wanted} {number}" for number in range(2, MAX_PASSKEYS + 2)))
    return next(name for name in names if name.casefold() not in taken)


def _note_use(passkey: Authenticator, counter: int, *, is_backed_up: bool) -> Authenticator:
    """Store the counter; raise PasskeyCopied if it did not go up (WebAuthn §6.1.1), PasskeyUnknown if the key is gone."""
    with transaction.atomic():
        locked = Authenticator.objects.select_for_update().filter(pk=passkey.pk).first()
        if locked is None:
            raise PasskeyUnknown
        before = locked.data["counter"]
        if (before or counter) and counter <= before:
            raise PasskeyCopied(locked)
        locked.data = {**locked.data, "counter": counter, "is_backed_up": is_backed_up}
        locked.last_used_at = timezone.now()
        locked.save(update_fields=["data", "last_used_at"])
    return locked


def _named(response: AuthenticationResponse, user: User | None) -> Authenticator:
    """Return the passkey that a response names, among those of `user` or of the person it names."""
    handle = response.response.user_handle
    if user is None:
        user = User.objects.filter(uid=uuid.UUID(bytes=handle)).first() if handle and len(handle) == 16 else None
    elif handle and handle != user.uid.bytes:
        raise PasskeyUnknown
    for passkey in of(user) if user else ():
        if _credential(passkey).credential_id == response.raw_id:
            return passkey
    raise PasskeyUnknown


def _checked(request: HttpRequest, purpose: Purpose, user: User | None, signed: CollectedClientData) -> bytes:
    """Return the challenge of a response that was made on this site for this purpose, person and browser, just now."""
    if signed.origin != origin() or signed.cross_origin:
        raise PasskeyForeign
    nonce, _dot, rest = signed.challenge.decode("ascii", "replace").partition(".")
    at, _dot, seal = rest.partition(".")
    seals = keyed_digests(_PURPOSE, _sealed(request, purpose, user, nonce, at))
    if not seal.isascii() or not any(same(seal, each) for each in seals):
        raise PasskeyStale
    if not 0 <= time.time() - int(at) < CHALLENGE_AGE:
        raise PasskeyStale
    return bytes(signed.challenge)


def _new_challenge(request: HttpRequest, purpose: Purpose, user: User | None) -> bytes:
    nonce, at = random_token(16), str(int(time.time()))
    return f"{nonce}.{at}.{keyed_digest(_PURPOSE, _sealed(request, purpose, user, nonce, at))}".encode()


def _sealed(request: HttpRequest, purpose: Purpose, user: User | None, nonce: str, at: str) -> str:
    get_token(request)  # a browser without the cookie gets one
    return ":".join([purpose, str(user.pk if user else ""), request.META["CSRF_COOKIE"], nonce, at])


def _spend(challenge: bytes) -> None:
    if not SpentCode.objects.spend(_PURPOSE, challenge.decode()):
        raise PasskeyTwice


def _parsed(kind: type[Response], text: str) -> Response:
    """Return a browser's response. fido2 gets texts alone: it would allocate as many bytes as a number says."""
    try:
        given: Any = json.loads(text if len(text) <= MAX_RESPONSE else "")
        parts: dict[str, str] = {
            name: given["response"][name] for name in _PARTS if given["response"].get(name) is not None
        }
        plain: dict[str, str] = {name: given[name] for name in ("id", "rawId", "type")}
        if not all(isinstance(each, str) for each in (*plain.values(), *parts.values())):
            raise PasskeyRefused
        if "attestationObject" in parts:
            attested: Any = cbor.decode(websafe_decode(parts["attestationObject"]))
            if not isinstance(attested["authData"], bytes):
                raise PasskeyRefused
        return kind.from_dict({**plain, "response": parts})
    except _UNREADABLE as error:
        raise PasskeyRefused from error


def _credential(passkey: Authenticator) -> AttestedCredentialData:
    return AttestedCredentialData(websafe_decode(passkey.data["credential"]))


def _server() -> Fido2Server:
    entity = PublicKeyCredentialRpEntity(id=urlsplit(settings.BASE_URL).hostname, name=settings.SITE_NAME)
    return Fido2Server(entity, verify_origin=lambda found: found == origin())


def _state(challenge: bytes) -> dict[str, Any]:
    return {"challenge": websafe_encode(challenge), "user_verification": UserVerificationRequirement.REQUIRED}


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
