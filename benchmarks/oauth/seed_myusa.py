"""Fill MyUSA's database with what the baseline has, and `filler` more live tokens. Prints JSON."""

import json
import os
import sys
import uuid
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "myusa.settings")
import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from benchmarks.oauth.material import CHALLENGE, PROFILE, REDIRECT_URI
from developer_apps.models import AccessToken, App, Authorization, Client, Grant, Product, RefreshToken, Team
from developer_apps.scopes import register_scopes
from myusa.lib.security.digests import digest, random_token
from profiles.fields import by_scope
from profiles.models import Profile

UNLIMITED = 2_000_000_000
FILLER = """
INSERT INTO developer_apps_accesstoken (token_checksum, application_id, authorization_id, family, expires, scope, created)
SELECT md5(n::text) || md5((-n)::text), %s, %s, gen_random_uuid(), now() + interval '2 hours', 'tasks', now()
FROM generate_series(1, %s) AS n
"""


CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = 'developer_apps_accesstoken'::regclass AND contype IN ('f', 'u')
"""
INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'developer_apps_accesstoken' AND indexname !~ 'pkey$'"
)


def fill(values: list[int]) -> None:
    """Insert the live tokens with indexes and constraints off: into an index ten million of them take a quarter of an hour."""
    with connection.cursor() as cursor:
        cursor.execute(CONSTRAINTS)
        constraints = cursor.fetchall()
        for name, _definition in constraints:
            cursor.execute(f'ALTER TABLE developer_apps_accesstoken DROP CONSTRAINT "{name}"')
        cursor.execute(INDEXES)
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute(FILLER, values)
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for _name, definition in indexes:
            cursor.execute(definition)
        for name, definition in constraints:
            cursor.execute(f'ALTER TABLE developer_apps_accesstoken ADD CONSTRAINT "{name}" {definition}')
        cursor.execute("VACUUM ANALYZE developer_apps_accesstoken")


def main(people: int, codes: int, chains: int, filler: int) -> None:
    call_command("migrate", verbosity=0)
    owner = User.objects.create_user("owner@example.gov")
    app = App.objects.create(
        team=Team.objects.personal_of(owner),
        name="Benchmark",
        mode=App.Mode.PUBLIC,
        production_calls_per_second=UNLIMITED,
        production_calls_per_day=UNLIMITED,
    )
    register_scopes(app, [*by_scope(), "tasks"], by=owner)
    client, secret = Client.objects.create_for(app, by=owner, redirect_uris=REDIRECT_URI)
    users = User.objects.bulk_create(
        [User(email=f"person{number}@example.gov", password="!") for number in range(people)]
    )
    Profile.objects.bulk_create([Profile(user=user, values=PROFILE) for user in users])
    scope = " ".join(sorted(by_scope()))
    authorizations = Authorization.objects.bulk_create(
        [Authorization(user=user, app=app, scopes=scope) for user in users]
    )
    hour = timezone.now() + timedelta(hours=1)
    tokens = [random_token() for _user in users]
    common = {"application": client, "scope": scope, "expires": hour}
    AccessToken.objects.bulk_create(
        [
            AccessToken(token_checksum=digest(token), authorization=authorization, family=uuid.uuid4(), **common)
            for authorization, token in zip(authorizations, tokens, strict=True)
        ]
    )
    refreshes = [random_token() for _number in range(chains)]
    RefreshToken.objects.bulk_create(
        [
            RefreshToken(token_checksum=digest(token), authorization=authorization, family=uuid.uuid4(), **common)
            for authorization, token in zip(authorizations, refreshes, strict=False)
        ]
    )
    grants = [random_token() for _number in range(codes)]
    Grant.objects.bulk_create(
        [
            Grant(
                code=digest(code),
                authorization=authorizations[number % people],
                family=uuid.uuid4(),
                redirect_uri=REDIRECT_URI,
                code_challenge=CHALLENGE,
                code_challenge_method="S256",
                **common,
            )
            for number, code in enumerate(grants)
        ]
    )
    if filler:
        fill([client.pk, authorizations[0].pk, filler])
    Product.objects.get_or_create(slug="profile", defaults={"name": "Profile API", "is_built_in": True})
    material = {
        "client_id": client.client_id,
        "client_secret": secret,
        "service_id": client.client_id,
        "service_secret": secret,
        "tokens": tokens,
        "refreshes": refreshes,
        "codes": grants,
    }
    json.dump(material, sys.stdout)


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:5]))
