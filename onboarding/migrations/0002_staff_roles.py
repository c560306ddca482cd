"""The staff roles as groups. Superusers put people into them."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

VIEW_ALL_OF = ("developer_apps", "onboarding", "auditlog", "outbox")
NOT_FOR_LOOKING_AT = {"accesstoken", "grant", "refreshtoken", "secret", "tokenevent"}
ALSO_VIEW = ("accounts.view_user",)
ALSO_DECIDE = (
    "onboarding.review_productionrequest",
    "onboarding.add_slot",
    "onboarding.change_slot",
    "onboarding.add_closure",
    "onboarding.change_closure",
    "onboarding.delete_closure",
    "onboarding.change_demo",
    "developer_apps.change_app",
    "developer_apps.change_appchange",
    "developer_apps.change_appreport",
    "developer_apps.change_supportrequest",
    "developer_apps.change_team",
    "developer_apps.change_publicaccessrequest",
    "outbox.change_outgoingemail",
)
# What the page of a person shows about connections, activity, teams and messages, and what it links to. Account support
# replies to people and developers who write, as reviewers do.
SUPPORT_VIEWS = (
    "developer_apps.view_app",
    "developer_apps.view_authorization",
    "developer_apps.view_supportrequest",
    "developer_apps.view_team",
    "developer_apps.view_testuser",
)
SUPPORT_ACTS = ("developer_apps.change_supportrequest",)


def make_roles(apps, schema_editor):
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    # Permissions are rows that Django makes when all migrations are done. These are needed now; what is there stays.
    for label in (*VIEW_ALL_OF, "accounts"):
        config = apps.get_app_config(label)
        config.models_module = True  # what a historical app lacks and `create_permissions` asks for
        create_permissions(config, apps=apps, verbosity=0)
    looks = [
        permission
        for permission in Permission.objects.select_related("content_type")
        .filter(codename__startswith="view_")
        .exclude(content_type__model__in=NOT_FOR_LOOKING_AT)
        if permission.content_type.app_label in VIEW_ALL_OF or _name(permission) in ALSO_VIEW
    ]
    decides = [each for each in Permission.objects.select_related("content_type") if _name(each) in ALSO_DECIDE]
    Group.objects.get_or_create(name="Staff read-only")[0].permissions.add(*looks)
    Group.objects.get_or_create(name="Staff reviewer")[0].permissions.add(*looks, *decides)
    supports = [each for each in (*looks, *decides) if _name(each) in SUPPORT_VIEWS + SUPPORT_ACTS]
    Group.objects.get_or_create(name="Account support")[0].permissions.add(*supports)


def _name(permission):
    return f"{permission.content_type.app_label}.{permission.codename}"


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0001_initial"),
        ("developer_apps", "0001_initial"),
        ("accounts", "0001_initial"),
        ("auditlog", "0001_initial"),
        ("outbox", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
