"""Clients that public generators make from the served OpenAPI document, by the commands that the documentation prints."""

import html
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import requests

from tests import factories, programs
from tests.processes import ROOT, clean_environment

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CLIENTS = ROOT / "examples" / "clients"


@pytest.fixture
def token(developer, citizen):
    return factories.make_token(factories.make_app(developer, public=True), citizen, "profile.email tasks")


@pytest.fixture
def command(base_url):
    """`command("npx openapi-typescript")`: the line of the documentation that begins so, for this site."""
    page = html.unescape(requests.get(f"{base_url}/developer/docs/clients", timeout=30).text)

    def found(start):
        (line,) = re.findall(rf"^{re.escape(start)} [^<\n]*", page, re.MULTILINE)
        return shlex.split(re.sub(r"http://[^ /]+", base_url, line))

    return found


@pytest.fixture
def run(base_url, token, tmp_path):
    def done(*arguments, token=token):
        environment = clean_environment(MYUSA_URL=base_url, TOKEN=token, PYTHONPATH=str(tmp_path))
        return subprocess.run(arguments, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)

    return done


def test_python(command, run, tmp_path, citizen):
    generated = run(*command("openapi-python-client generate"))
    assert generated.returncode == 0, generated.stderr
    assert "arning" not in generated.stdout + generated.stderr, "nothing of the document was left out"
    names = {path.name for path in (tmp_path / "myusa_client" / "models").glob("*.py")}
    assert {"profile.py", "schema_org_profile.py", "task.py", "o_auth_token.py"} <= names
    assert not [name for name in names if "response_200" in name], "every response has a name"

    shutil.copy(CLIENTS / "python" / "client.py", tmp_path)
    used = run(sys.executable, "client.py")
    assert used.stderr == ""
    email, task = used.stdout.splitlines()
    assert email == "citizen@example.gov"
    assert task == f"{citizen.tasks.get().pk} Renew your card"

    refused = run(sys.executable, "client.py", token="wrong")
    assert (refused.returncode, refused.stderr.strip()) == (1, "TOKEN_INVALID")


def test_python_gets_a_token_and_uses_every_shape_of_the_profile(command, run, tmp_path, developer, base_url):
    made = factories.make_app(developer)
    user = factories.make_test_user(made.app.team).user
    assert run(*command("openapi-python-client generate")).returncode == 0
    (tmp_path / "more.py").write_text(f"""
from myusa_client import AuthenticatedClient, Client
from myusa_client.api.oauth import token
from myusa_client.api.profile import read_profile
from myusa_client.models import *

body = TokenDataBody(
    grant_type=TokenDataBodyGrantType.CLIENT_CREDENTIALS,
    client_id={made.client_id!r}, client_secret={made.client_secret!r},
)
got = token.sync(client=Client({base_url!r}), body=body)
assert isinstance(got, OAuthToken), got
assert got.token_type == "bearer" and got.expires_in > 0
client = AuthenticatedClient({base_url!r}, token=got.access_token, headers={{"X-Test-User": "{user.uid}"}})
plain = read_profile.sync(client=client)
assert isinstance(plain, Profile) and str(plain.uid) == "{user.uid}", plain
words = read_profile.sync(client=client, schema=ReadProfileSchema.TRUE)
assert isinstance(words, SchemaOrgProfile) and words.email == plain.email, words
""")
    used = run(sys.executable, "more.py")
    assert used.returncode == 0, used.stderr


def test_typescript(command, run, tmp_path, citizen):
    node = programs.node(CLIENTS / "typescript")
    (tmp_path / "node_modules").symlink_to(CLIENTS / "typescript" / "node_modules")
    for name in ("client.ts", "package.json"):
        shutil.copy(CLIENTS / "typescript" / name, tmp_path)
    generated = run(*command("npx openapi-typescript"))
    assert generated.returncode == 0, generated.stderr

    tsc = ("npx", "tsc", "--strict", "--target", "es2022", "--module", "nodenext")
    checked = run(*tsc, "client.ts")
    assert checked.returncode == 0, checked.stdout
    (tmp_path / "wrong.ts").write_text((tmp_path / "client.ts").read_text().replace("task.data.name", "task.data.nome"))
    assert "Property 'nome' does not exist" in run(*tsc, "--noEmit", "wrong.ts").stdout

    used = run(node, "client.js")
    assert used.stderr == ""
    assert used.stdout.splitlines() == ["citizen@example.gov", f"{citizen.tasks.get().pk} Renew your card"]

    refused = run(node, "client.js", token="wrong")
    assert refused.returncode == 1
    assert "TOKEN_INVALID" in refused.stderr
