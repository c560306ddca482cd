"""Upgrades of django-oauth-toolkit: its migrations never meet a client.

One of them saves a column of every application that our `Client` does not have.
"""

import subprocess
import sys

import pytest
from django.db.migrations.loader import MigrationLoader

from tests import processes

CLIENT = """
from developer_apps.models import Client, Team
Client.objects.create(app=Team.objects.create(name="Benefits").apps.create(name="Benefit Finder"))
"""


@pytest.fixture
def manage(tmp_path):
    environment = processes.clean_environment(DEBUG="true", DATABASE_URL=f"sqlite:///{tmp_path}/upgraded.sqlite3")

    def run(*arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=processes.ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    return run


def test_a_client_made_between_two_migrations_stops_no_upgrade(manage):
    manage("migrate", "developer_apps")
    manage("shell", "-c", CLIENT)
    manage("migrate")
    assert "[ ]" not in manage("showmigrations", "oauth2_provider")


def test_no_client_can_be_made_before_the_toolkit_is_migrated():
    loader = MigrationLoader(None)
    ours = {key for leaf in loader.graph.leaf_nodes("developer_apps") for key in loader.graph.forwards_plan(leaf)}
    theirs = {key for key in loader.graph.nodes if key[0] == "oauth2_provider"}
    assert theirs - ours == set(), (
        "The toolkit has new migrations. Try them on a database that holds clients, then let the newest migration of "
        "developer_apps depend on them."
    )
