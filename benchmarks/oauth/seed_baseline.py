"""Fill the baseline's database: a client, people with profiles, access tokens, refresh tokens and codes. Prints JSON."""

import hashlib
import json
import os
import secrets
import sys
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.oauth.baseline.settings")
import django

django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application, Grant, RefreshToken

from benchmarks.oauth.baseline.models import Profile
from benchmarks.oauth.material import CHALLENGE, PROFILE, REDIRECT_URI


def main(people: int, codes: int, chains: int) -> None:
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Profile)
    secret = secrets.token_urlsafe(32)
    owner = User.objects.create(username="owner")
    common = {"user": owner, "client_type": "confidential", "redirect_uris": REDIRECT_URI}
    web = Application.objects.create(client_secret=secret, authorization_grant_type="authorization-code", **common)
    service = Application.objects.create(client_secret=secret, authorization_grant_type="client-credentials", **common)
    users = User.objects.bulk_create([User(username=f"person{number}") for number in range(people)])
    Profile.objects.bulk_create([Profile(user=user, email=f"{user.username}@example.gov", **PROFILE) for user in users])
    hour = timezone.now() + timedelta(hours=1)
    tokens = [secrets.token_urlsafe(24) for _user in users]
    rows = AccessToken.objects.bulk_create(
        [
            AccessToken(
                user=user, token=token, token_checksum=digest(token), application=web, expires=hour, scope="profile"
            )
            for user, token in zip(users, tokens, strict=True)
        ]
    )
    refreshes = [secrets.token_urlsafe(24) for _number in range(chains)]
    RefreshToken.objects.bulk_create(
        [
            RefreshToken(user=row.user, token=token, token_checksum=digest(token), application=web, access_token=row)
            for row, token in zip(rows, refreshes, strict=False)
        ]
    )
    grants = [secrets.token_urlsafe(24) for _number in range(codes)]
    Grant.objects.bulk_create(
        [
            Grant(
                user=users[number % people],
                code=code,
                application=web,
                expires=hour,
                redirect_uri=REDIRECT_URI,
                scope="profile",
                code_challenge=CHALLENGE,
                code_challenge_method="S256",
            )
            for number, code in enumerate(grants)
        ]
    )
    material = {
        "client_id": web.client_id,
        "client_secret": secret,
        "service_id": service.client_id,
        "service_secret": secret,
        "tokens": tokens[chains:],  # a refresh deletes the first ones
        "refreshes": refreshes,
        "codes": grants,
    }
    json.dump(material, sys.stdout)


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:4]))
