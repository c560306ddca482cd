"""The first version of the affidavit, which superusers can replace by a newer one in the admin."""

from django.db import migrations

TITLE = "Affidavit for production access"
BODY = """By signing this affidavit, an officer of the organization states who is responsible for the app, and under which \
conditions it may access real people's data.

It covers the app and the products named in the production request, and the answers given there. MyUSA relies on it to \
decide about production access, and keeps it with the request.

A knowingly false statement can end the app's access immediately and can be punishable by law."""
STATEMENTS = [
    "I am an officer of the organization and am authorized to sign for it.",
    "The answers in the production request are true and complete, and we will notify MyUSA when they change.",
    "The app was fully tested, only with test data, and runs in a staging environment as it will in production.",
    "We use people's data only for what they agreed to and what our privacy policy says, and protect it as we described.",
    "We keep production secrets confidential and replace them when someone who knew them leaves.",
    "We report a suspected loss or misuse of data to MyUSA support within one day of learning of it.",
    "People with disabilities can use the app as our Section 508 statement says.",
    "We accept that MyUSA may suspend or revoke production access if we do not meet these conditions.",
]


def write(apps, schema_editor):
    AffidavitText = apps.get_model("onboarding", "AffidavitText")
    if not AffidavitText.objects.exists():
        AffidavitText.objects.create(version=1, title=TITLE, body=BODY, statements=STATEMENTS)


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0002_staff_roles")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
