"""What staff may do with notifications: all look, reviewers send again and set limits. Support sees deliveries alone."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

LOOK = ("view_delivery", "view_attempt", "view_applimit", "view_announcement", "view_refusedaddress")
SUPPORT = ("view_delivery", "view_attempt", "view_refusedaddress")
DECIDE = ("change_delivery", "add_applimit", "change_applimit", "delete_applimit", "delete_refusedaddress")


def add_permissions(apps, schema_editor):
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    # Permissions are rows that Django makes when all migrations are done. These are needed now; what is there stays.
    config = apps.get_app_config("notifications")
    config.models_module = True  # what a historical app lacks and `create_permissions` asks for
    create_permissions(config, apps=apps, verbosity=0)
    mine = Permission.objects.filter(content_type__app_label="notifications")
    Group.objects.get_or_create(name="Staff read-only")[0].permissions.add(*mine.filter(codename__in=LOOK))
    Group.objects.get_or_create(name="Staff reviewer")[0].permissions.add(*mine.filter(codename__in=LOOK + DECIDE))
    Group.objects.get_or_create(name="Account support")[0].permissions.add(*mine.filter(codename__in=SUPPORT))


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_permissions, migrations.RunPython.noop)]
