"""The scenarios of the first product with a demo. Staff change them in the admin; this runs once and overwrites nothing."""

import json
from pathlib import Path

from django.db import migrations

SEEDS = Path(__file__).resolve().parent.parent / "seeds"


def add_scenarios(apps, schema_editor):
    Product, Scenario = apps.get_model("developer_apps", "Product"), apps.get_model("developer_apps", "Scenario")
    ScenarioStep = apps.get_model("developer_apps", "ScenarioStep")
    for slug, scenarios in json.loads((SEEDS / "scenarios.json").read_text(encoding="utf-8")).items():
        product = Product.objects.filter(slug=slug).first()
        if product is None or Scenario.objects.filter(product=product).exists():
            continue
        for position, fields in enumerate(scenarios, start=1):
            steps = fields.pop("steps")
            scenario = Scenario.objects.create(product=product, position=position, **fields)
            ScenarioStep.objects.bulk_create(
                ScenarioStep(scenario=scenario, position=number, **step) for number, step in enumerate(steps, start=1)
            )


class Migration(migrations.Migration):
    dependencies = [("developer_apps", "0002_seed_products")]

    operations = [migrations.RunPython(add_scenarios, migrations.RunPython.noop)]
