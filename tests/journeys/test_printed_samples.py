"""Every sample of the documentation runs against a live server as it is printed, in each language."""

import ast
import html
import json
import re
import subprocess
import sys

import pytest
import requests

from developer_apps.contributions import CLIENT
from developer_apps.docs.examples import examples
from developer_apps.docs.pages import pages
from tests import factories, programs
from tests.developer_apps.docs.samples import assert_same_shape, filled, values_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
EXAMPLES = examples()
COMMANDS = {
    "curl": ["bash", "-c"],
    "python": [sys.executable, "-c"],
    "ruby": ["ruby", "-e"],
    "javascript": ["node", "--input-type=module", "--eval"],
}


@pytest.fixture
def printed(base_url):
    """Return `printed(slug, language)`: the text of a sample as a reader copies it."""
    found = "".join(
        requests.get(f"{base_url}/developer/docs/{path}", timeout=60).text for path in [*pages(), "reference"]
    )

    def text(slug, language):
        block = re.search(rf'<pre id="{slug}-{language}"[^>]*>(.*?)</pre>', found, re.DOTALL)
        assert block, f"{slug} is not printed in {language}"
        return html.unescape(block[1])

    return text


def run(language, program):
    command = COMMANDS[language]
    options = 'curl() { command curl --silent --show-error "$@"; }\n' if language == "curl" else ""
    return subprocess.run([*command, options + program], capture_output=True, text=True, timeout=60)


def assert_works(language, example, done):
    answer = example.answer
    if example.status >= 400:
        code = answer["errors"][0]["code"]
        assert (str(example.status) if language == "python" else code) in done.stdout + done.stderr
        return
    assert done.returncode == 0, done.stderr
    if language in ("curl", "python"):
        real = json.loads(done.stdout) if language == "curl" else ast.literal_eval(done.stdout)
        if example.slug == "metadata":
            assert set(answer) <= set(real)
        else:
            assert_same_shape(answer, real)
        return
    first = answer[0] if isinstance(answer, list) else answer
    for name in first:
        assert name in done.stdout, f"{name} is not in {done.stdout}"


@pytest.mark.parametrize("language", COMMANDS)
def test_samples_work_as_printed(language, printed, developer, sign_in, api):
    programs.require(COMMANDS[language][0])
    browser, wrong = sign_in(developer), {}
    for slug, example in EXAMPLES.items():
        values = values_for(slug, factories.make_app(developer), developer, browser, api)
        if example.token == CLIENT:
            values["access_token"] = values["client_token"]
        done = run(language, filled(printed(slug, language), values))
        try:
            assert_works(language, example, done)
        except (AssertionError, ValueError, SyntaxError) as problem:
            wrong[slug] = f"{problem} {done.stdout[:300]} {done.stderr[-300:]}"
    assert wrong == {}
