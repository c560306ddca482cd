"""Another site's page cannot sign a person out by an image or a frame."""

import pytest

from tests.accounts.codes import is_signed_in
from tests.factories import sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("site", "mode", "into", "ends"),
    [
        ("cross-site", "no-cors", "image", False),
        ("cross-site", "cors", "empty", False),
        ("same-site", "no-cors", "image", False),
        ("same-site", "navigate", "iframe", False),
        ("cross-site", "navigate", "object", False),
        ("cross-site", "navigate", "document", True),
        ("cross-site", "navigate", "", True),
        ("same-origin", "no-cors", "image", True),
        ("none", "navigate", "document", True),
        ("", "", "", True),
    ],
)
def test_only_people_who_go_there_are_signed_out(client, citizen, site, mode, into, ends):
    browser = sign_in(client, citizen)
    given = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": into}
    headers = {name: value for name, value in given.items() if value}
    answer = browser.get("/users/sign_out", headers=headers)
    assert answer.status_code == (302 if ends else 204)
    assert is_signed_in(browser) != ends
