"""People keep their profile on two pages: nothing is required, and what they typed is never lost."""

import pytest
from django.urls import reverse

from accounts import contributions
from profiles.models import Profile
from tests.statements import statements

PERSONAL = {
    "title": "Ms.",
    "first_name": "  Joan ",
    "middle_name": "",
    "last_name": "O’Néill-Çelik",
    "suffix": "III",
    "address": "1800 F St NW",
    "address2": "",
    "city": "Washington",
    "state": "DC",
    "zip": "20405",
    "phone_number": "(415) 555-3455",
    "mobile_number": "+44 20 7946 0958",
}
ADDITIONAL = {
    "gender": "female",
    "marital_status": "married",
    "is_parent": "true",
    "is_student": "false",
    "is_veteran": "",
}


def values_of(user):
    return Profile.objects.of(user).values


@pytest.mark.parametrize("path", ["/profile", "/profile/additional"])
def test_pages_need_a_sign_in(anonymous, db, path):
    answer = anonymous.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/users/sign_in")


def test_personal_information_is_kept(sign_in, citizen):
    browser = sign_in(citizen)
    assert browser.get("/profile").status_code == 200
    answer = browser.post("/profile", PERSONAL)
    assert (answer.status_code, answer["Location"]) == (302, "/profile")
    assert values_of(citizen) == {
        "title": "Ms.",
        "first_name": "Joan",
        "last_name": "O’Néill-Çelik",
        "suffix": "III",
        "address": "1800 F St NW",
        "city": "Washington",
        "state": "DC",
        "zip": "20405",
        "phone_number": "+14155553455",
        "mobile_number": "+442079460958",
    }
    page = browser.get("/profile").content.decode()
    assert 'value="415-555-3455"' in page
    assert "10 of 18" in page
    assert "Your profile is saved." in page


def test_additional_information_is_kept_next_to_it(sign_in, citizen):
    browser = sign_in(citizen)
    browser.post("/profile", PERSONAL)
    answer = browser.post("/profile/additional", ADDITIONAL)
    assert answer["Location"] == "/profile/additional"
    values = values_of(citizen)
    assert (values["gender"], values["is_parent"], values["is_student"]) == ("female", True, False)
    assert "is_veteran" not in values
    assert values["first_name"] == "Joan"


def test_values_can_be_taken_back(sign_in, citizen):
    browser = sign_in(citizen)
    browser.post("/profile/additional", ADDITIONAL)
    browser.post("/profile/additional", {"gender": "", "is_parent": ""})
    assert values_of(citizen) == {}


@pytest.mark.parametrize(
    ("path", "field", "value", "message"),
    [
        ("/profile", "zip", "1234", "Enter five digits, or ZIP+4"),
        ("/profile", "zip", "12345-67", "Enter five digits, or ZIP+4"),
        ("/profile", "zip", "١٢٣٤٥", "Enter five digits, or ZIP+4"),
        ("/profile", "phone_number", "555-0100", "with its area code"),
        ("/profile", "phone_number", "call me", "with its area code"),
        ("/profile", "mobile_number", "415-555-3455 x12", "Leave out the extension"),
        ("/profile", "state", "ZZ", "Choose one from the list"),
        ("/profile", "title", "Baron", "Choose one from the list"),
        ("/profile", "first_name", "x" * 256, "at most 255 characters"),
        ("/profile", "last_name", "two\nlines", "Character 4 can mislead readers: U+000A"),
        ("/profile", "city", "nul\x00", "Character 4 can mislead readers: U+0000"),
        (
            "/profile",
            "first_name",
            "a\u202eb",
            "Character 2 can mislead readers: U+202E RIGHT-TO-LEFT OVERRIDE. Remove it.",
        ),
        ("/profile/additional", "gender", "robot", "Choose one from the list"),
        ("/profile/additional", "is_parent", "maybe", "Choose yes or no, or leave it blank"),
    ],
)
def test_wrong_value_gets_an_error_and_nothing_changes(sign_in, citizen, path, field, value, message):
    browser = sign_in(citizen)
    Profile.objects.of(citizen).update_values({"first_name": "Joan"}, by=citizen)
    answer = browser.post(path, {"first_name": "Typed", field: value})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert message in page
    assert "Please correct one thing" in page
    if path == "/profile" and field != "first_name":
        assert 'value="Typed"' in page
    assert values_of(citizen) == {"first_name": "Joan"}


@pytest.mark.parametrize(("typed", "kept"), [("12345", "12345"), (" 12345-6789 ", "12345-6789"), ("00901", "00901")])
def test_zip_codes_are_kept_as_typed(sign_in, citizen, typed, kept):
    sign_in(citizen).post("/profile", {"zip": typed})
    assert values_of(citizen) == {"zip": kept}


@pytest.mark.parametrize("state", ["CA", "DC", "PR", "GU", "VI", "AS", "MP", "AE"])
def test_states_territories_and_military_mail_are_in_the_list(sign_in, citizen, state):
    sign_in(citizen).post("/profile", {"state": state})
    assert values_of(citizen) == {"state": state}


def test_values_are_shown_as_text(sign_in, citizen):
    browser = sign_in(citizen)
    browser.post("/profile", {"first_name": '<script>alert(1)</script>"'})
    page = browser.get("/profile").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page


def test_pages_of_an_empty_profile_create_no_row(sign_in, citizen):
    browser = sign_in(citizen)
    browser.get("/profile")
    browser.get("/")
    assert not Profile.objects.exists()


def test_no_one_sees_another_profile(sign_in, citizen, outsider):
    sign_in(citizen).post("/profile", PERSONAL)
    assert "Joan" not in sign_in(outsider).get("/profile").content.decode()


def test_profile_page_is_not_stored_by_browsers(sign_in, citizen):
    assert "no-store" in sign_in(citizen).get("/profile")["Cache-Control"]


def test_home_panel_shows_how_much_is_filled_in(rf, citizen):
    request = rf.get("/")
    request.user = citizen
    panel = next(panel for panel in contributions.home_panels(request) if panel.link == reverse("profiles:personal"))
    assert "empty" in panel.text
    Profile.objects.of(citizen).update_values({"zip": "12345", "city": "X"}, by=citizen)
    panel = next(panel for panel in contributions.home_panels(request) if panel.link == reverse("profiles:personal"))
    assert panel.text == "2 of 18 fields are filled in."


def test_profile_page_reads_the_profile_once(sign_in, citizen):
    browser = sign_in(citizen)
    browser.post("/profile", PERSONAL)
    browser.get("/profile")
    with statements() as ran:
        browser.get("/profile")
    assert sum("profiles_profile" in sql for sql in ran) == 1
