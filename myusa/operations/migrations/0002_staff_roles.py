"""All staff see the incidents of the status page; reviewers write them. Only superusers delete one."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

MODELS = ("serviceincident", "serviceincidentupdate")
GROUPS = {
    "Staff read-only": ("view",),
    "Account support": ("view",),
    "Staff reviewer": ("view", "add", "change"),
}


def add_permissions(apps, schema_editor):
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    # Permissions are rows that Django makes when all migrations are done. These are needed now; what is there stays.
    config = apps.get_app_config("operations")
    config.models_module = True  # what a historical app lacks and `create_permissions` asks for
    create_permissions(config, apps=apps, verbosity=0)
    mine = Permission.objects.filter(content_type__app_label="operations")
    for name, verbs in GROUPS.items():
        codenames = [f"{verb}_{model}" for verb in verbs for model in MODELS]
        Group.objects.get_or_create(name=name)[0].permissions.add(*mine.filter(codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("operations", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_permissions, migrations.RunPython.noop)]
