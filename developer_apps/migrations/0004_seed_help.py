"""The first FAQ, articles and changelog. Staff change them in the admin; this runs once and overwrites nothing."""

from datetime import UTC, datetime
from pathlib import Path

from django.db import migrations

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
KINDS = {"question": "faq.md", "article": "articles.md"}


def read(file):
    """Yield the fields of each text in a file: lines of names and values, an empty line, the body."""
    for part in (SEEDS / file).read_text(encoding="utf-8").split("\n---\n"):
        head, _blank, body = part.strip().partition("\n\n")
        yield {**dict(line.split(": ", 1) for line in head.splitlines()), "body": body}


def add_help(apps, schema_editor):
    ChangelogEntry = apps.get_model("developer_apps", "ChangelogEntry")
    HelpArticle = apps.get_model("developer_apps", "HelpArticle")
    if HelpArticle.objects.exists():
        return
    for kind, file in KINDS.items():
        for number, fields in enumerate(read(file), start=1):
            HelpArticle.objects.create(kind=kind, position=10 * number, status="published", **fields)
    for fields in read("changelog.md"):
        day = datetime.strptime(fields.pop("date"), "%Y-%m-%d").replace(hour=12, tzinfo=UTC)
        ChangelogEntry.objects.create(status="published", published_at=day, **fields)


class Migration(migrations.Migration):
    dependencies = [("developer_apps", "0003_seed_scenarios")]

    operations = [migrations.RunPython(add_help, migrations.RunPython.noop)]
