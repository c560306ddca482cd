"""Another site's page cannot sign a person out by an image."""

import pytest

from tests.accounts.codes import is_signed_in
from tests.factories import sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("site", "mode", "ends"),
    [
        ("cross-site", "no-cors", False),
        ("cross-site", "cors", False),
        ("same-site", "no-cors", False),
        ("cross-site", "navigate", True),
        ("same-origin", "no-cors", True),
        ("none", "navigate", True),
        ("", "", True),
    ],
)
def test_only_people_who_go_there_are_signed_out(client, citizen, site, mode, ends):
    browser = sign_in(client, citizen)
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode} if site else {}
    answer = browser.get("/users/sign_out", headers=headers)
    assert answer.status_code == (302 if ends else 204)
    assert is_signed_in(browser) != ends
