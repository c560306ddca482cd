"""The first version of the affidavit, which superusers can replace by a newer one in the admin."""

from django.db import migrations

TITLE = "Affidavit for production access"
BODY = """By signing this affidavit an officer of the organization tells MyUSA who answers for the app, and on which \
conditions it may reach real people's data.

It covers the app and the products named in the production request, and the answers given there. MyUSA relies on it when it \
decides about production access, and keeps it with the request.

A statement that is knowingly false can end the app's access at once, and can be punishable by law."""
STATEMENTS = [
    "I am an officer of the organization and may sign for it.",
    "The answers in the production request are true and complete, and we will tell MyUSA when they change.",
    "The app was tested completely, with made-up data only, and runs in a staging environment as it will in production.",
    "We use people's data only for what they agreed to and what our privacy policy says, and protect it as we described.",
    "We keep production secrets confidential and replace them when someone who knew them leaves.",
    "We report a suspected loss or misuse of data to MyUSA support within one day of learning of it.",
    "The app can be used by people with disabilities as our Section 508 statement says.",
    "We accept that MyUSA may suspend or revoke production access when these conditions are not kept.",
]


def write(apps, schema_editor):
    AffidavitText = apps.get_model("onboarding", "AffidavitText")
    if not AffidavitText.objects.exists():
        AffidavitText.objects.create(version=1, title=TITLE, body=BODY, statements=STATEMENTS)


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0002_staff_roles")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
