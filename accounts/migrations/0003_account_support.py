"""The role that recovers accounts; read-only staff and reviewers see recoveries."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

SUPPORT = ("view_user", "view_accountrecovery", "add_accountrecovery", "change_accountrecovery", "view_allowance", "change_allowance",
           "view_codeguard", "change_codeguard")


def add_role(apps, schema_editor):
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    # Permissions are rows that Django makes when all migrations are done. These are needed now.
    config = apps.get_app_config("accounts")
    config.models_module = True  # what a historical app lacks and `create_permissions` asks for
    create_permissions(config, apps=apps, verbosity=0)
    mine = Permission.objects.filter(content_type__app_label="accounts")
    Group.objects.get_or_create(name="Account support")[0].permissions.add(*mine.filter(codename__in=SUPPORT))
    for name in ("Staff read-only", "Staff reviewer"):
        group = Group.objects.get_or_create(name=name)[0]
        group.permissions.add(*mine.filter(codename__in=["view_accountrecovery", "view_allowance", "view_codeguard"]))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_seed_legal"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_role, migrations.RunPython.noop)]
