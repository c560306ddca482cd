"""Staff may look at tasks and their items; no one changes anything in the admin."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

LOOK = ("view_task", "view_taskitem")
GROUPS = ("Staff read-only", "Staff reviewer", "Account support")


def add_permissions(apps, schema_editor):
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    # Permissions are rows that Django makes when all migrations are done. These are needed now; what is there stays.
    config = apps.get_app_config("tasks")
    config.models_module = True  # what a historical app lacks and `create_permissions` asks for
    create_permissions(config, apps=apps, verbosity=0)
    looking = Permission.objects.filter(content_type__app_label="tasks", codename__in=LOOK)
    for name in GROUPS:
        Group.objects.get_or_create(name=name)[0].permissions.add(*looking)


class Migration(migrations.Migration):
    dependencies = [
        ("tasks", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_permissions, migrations.RunPython.noop)]
