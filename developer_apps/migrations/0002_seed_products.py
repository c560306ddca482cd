"""The catalog's first five products. Staff change them in the admin; this runs once and overwrites nothing."""

import json
from pathlib import Path

from django.db import migrations

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
PROFILE_SCOPES = {
    "profile.email": "Email address",
    "profile.title": "Title",
    "profile.first_name": "First name",
    "profile.middle_name": "Middle name",
    "profile.last_name": "Last name",
    "profile.suffix": "Suffix",
    "profile.address": "Street address",
    "profile.address2": "Street address, second line",
    "profile.city": "City",
    "profile.state": "State",
    "profile.zip": "ZIP code",
    "profile.phone_number": "Phone number",
    "profile.mobile_number": "Mobile number",
    "profile.gender": "Gender",
    "profile.marital_status": "Marital status",
    "profile.is_parent": "Whether you are a parent",
    "profile.is_student": "Whether you are a student",
    "profile.is_veteran": "Whether you are a veteran",
    "profile.is_retired": "Whether you are retired",
}
PRODUCTS = [
    {
        "slug": "profile",
        "name": "Profile API",
        "summary": "Read the profile fields that a person shares with your app.",
        "scopes": PROFILE_SCOPES,
        "is_built_in": True,
    },
    {
        "slug": "tasks",
        "name": "Tasks API",
        "summary": "Create tasks for people and see which ones they completed.",
        "scopes": {"tasks": "Give you tasks and read which of them you completed"},
        "is_built_in": True,
    },
    {
        "slug": "notifications",
        "name": "Notifications API",
        "summary": "Send people messages in their inbox, by email and by text message.",
        "scopes": {"notifications": "Send you notifications"},
        "is_built_in": True,
    },
    {
        "slug": "case-status",
        "name": "Case Status API",
        "summary": "Show applicants the status of their case, by receipt number.",
        "agency": "Case Status Office",
        "scopes": {"case_status.read": "Read the status of cases"},
        "app_token_only": True,
        "translations": {"es": {"agency": "Oficina de Estado de Casos", "scopes": {"case_status.read": "Consultar el estado de casos"}}},
        "requires_demo": True,
        "criteria": [
            "People can easily enter the required information in the app",
            "A person can upload an encoded file as the documentation describes",
            "A completed application is converted to a JSON payload",
            "The app authenticates to the API with OAuth 2.0",
            "The API’s response is received and shown in the app",
            "The app tracks the status of a case",
        ],
        "sandbox_path": "/case-status/SBX0000000001",
        "production_path": "/case-status/EAC2600000001",
    },
    {
        "slug": "foia-request",
        "name": "FOIA Request API",
        "summary": "Follow Freedom of Information Act requests. For testing and feedback only.",
        "agency": "FOIA Office",
        "scopes": {"foia_requests.read": "Read the status of FOIA requests"},
        "translations": {"es": {"agency": "Oficina de FOIA", "scopes": {"foia_requests.read": "Consultar el estado de solicitudes FOIA"}}},
        "sandbox_only": True,
        "sandbox_path": "/foia-requests/FOI0000000001",
    },
]


def add_products(apps, schema_editor):
    Product = apps.get_model("developer_apps", "Product")
    for position, product in enumerate(PRODUCTS, start=1):
        stem = product["slug"].replace("-", "_")
        document = SEEDS / f"{stem}.openapi.json"
        Product.objects.get_or_create(
            slug=product["slug"],
            defaults={
                **product,
                "overview": (SEEDS / f"{stem}.md").read_text(encoding="utf-8"),
                "openapi": json.loads(document.read_text(encoding="utf-8")) if document.exists() else None,
                "position": position,
            },
        )


class Migration(migrations.Migration):
    dependencies = [
        ("developer_apps", "0001_initial"),
        # Its 0006 saves a column of every application that `Client` lacks, so it must not find one.
        ("oauth2_provider", "0022_refreshtoken_token_family_index"),
    ]

    operations = [migrations.RunPython(add_products, migrations.RunPython.noop)]
