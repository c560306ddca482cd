"""GET /profile answers what the person shares with the app, in two shapes."""

import pytest

from developer_apps.scopes import register_scopes
from profiles.fields import by_scope
from profiles.models import Profile
from tests.factories import Api, make_test_user, make_token, make_user
from tests.statements import statements

ORDER = (
    "title first_name middle_name last_name suffix address address2 city state zip gender marital_status"
    " is_parent is_student is_veteran is_retired email phone_number mobile_number uid id"
).split()
VALUES = {
    "title": "Ms.",
    "first_name": "Joan",
    "last_name": "Citizen",
    "address": "1800 F St NW",
    "address2": "Apt 4",
    "city": "Washington",
    "state": "DC",
    "zip": "20405-0001",
    "gender": "female",
    "is_parent": True,
    "is_retired": False,
    "phone_number": "+14155553455",
    "mobile_number": "+442079460958",
}


@pytest.fixture
def profile(citizen):
    profile = Profile.objects.of(citizen)
    profile.update_values(VALUES, by=citizen)
    return profile


@pytest.fixture
def read(public_application, citizen):
    def get(scopes=None, query: str = "", path: str = "/api/v1/profile"):
        return Api(make_token(public_application, citizen, list(by_scope()) if scopes is None else scopes)).get(
            path + query
        )

    return get


def test_plain_shape_has_the_documented_members_in_the_documented_order(read, profile, citizen):
    answer = read()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert list(answer.json()) == ORDER
    assert answer.json() == {
        **dict.fromkeys(ORDER),
        **VALUES,
        "phone_number": "415-555-3455",
        "mobile_number": "+44 20 7946 0958",
        "email": citizen.email,
        "uid": str(citizen.uid),
        "id": str(citizen.uid),
    }


def test_empty_profile_returns_null_for_every_field(read, citizen):
    body = read().json()
    assert body.pop("email") == citizen.email
    assert body.pop("uid") == body.pop("id") == str(citizen.uid)
    assert set(body.values()) == {None}


@pytest.mark.parametrize("scope", list(by_scope()))
def test_one_scope_gives_one_field(read, profile, scope):
    assert list(read([scope]).json()) == [scope.removeprefix("profile."), "uid", "id"]


@pytest.mark.parametrize("scopes", ["tasks", "notifications", "tasks notifications", ""])
def test_token_without_profile_scope_is_refused(read, profile, scopes):
    answer = read(scopes)
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == "SCOPE_MISSING"
    assert "Citizen" not in answer.text


def test_scope_that_the_app_removed_is_not_returned(public_application, profile, citizen):
    token = make_token(public_application, citizen, ["profile.first_name", "profile.zip"])
    register_scopes(public_application.app, ["profile.zip"], by=citizen)
    assert list(Api(token).get("/api/v1/profile").json()) == ["zip", "uid", "id"]


def test_schema_shape_has_all_members(read, profile, citizen):
    assert read(query="?schema=true").json() == {
        "email": citizen.email,
        "givenName": "Joan",
        "additionalName": None,
        "familyName": "Citizen",
        "homeLocation": {
            "streetAddress": "1800 F St NW, Apt 4",
            "addressLocality": "Washington",
            "addressRegion": "DC",
            "postalCode": "20405-0001",
        },
        "telephone": "415-555-3455",
        "gender": "female",
    }


def test_schema_shape_is_null_where_nothing_was_granted(read, profile):
    assert read(["profile.first_name"], "?schema=true").json() == {
        "email": None,
        "givenName": "Joan",
        "additionalName": None,
        "familyName": None,
        "homeLocation": {"streetAddress": "", "addressLocality": None, "addressRegion": None, "postalCode": None},
        "telephone": None,
        "gender": None,
    }


@pytest.mark.parametrize(
    ("scopes", "street"),
    [("profile.address", "1800 F St NW"), ("profile.address2", "Apt 4"), ("profile.city", "")],
)
def test_street_address_joins_only_granted_lines(read, profile, scopes, street):
    assert read(scopes, "?schema=1").json()["homeLocation"]["streetAddress"] == street


@pytest.mark.parametrize(
    "query", ["?schema=", "?schema=false", "?schema=0", "?schema=FALSE", "?other=true", "?schema=true&schema=0"]
)
def test_these_queries_ask_for_the_plain_shape(read, profile, query):
    assert list(read(query=query).json()) == ORDER


@pytest.mark.parametrize(
    "query", ["?schema=yes", "?schema=2", "?schema=tru", "?schema=null", "?schema=%00", "?schema=%zz", "?schema=%ff"]
)
def test_other_values_of_schema_are_refused(read, profile, query):
    answer = read(query=query)
    assert answer.status_code == 400
    (problem,) = answer.json()["errors"]
    assert (problem["code"], problem["field"], problem["category"]) == ("INVALID_VALUE", "schema", "VALIDATION")


def test_unversioned_path_returns_the_same(read, profile):
    assert read(path="/api/profile").json() == read().json()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_profile_cannot_be_written_by_apps(public_application, citizen, profile, method):
    answer = Api(make_token(public_application, citizen)).request(method, "/api/v1/profile", {"first_name": "Eve"})
    assert answer.status_code == 405
    assert Profile.objects.get(user=citizen).value("first_name") == "Joan"


@pytest.mark.parametrize("path", ["/api/v1/profile", "/api/v1/tasks", "/api/v1/task/1"])
def test_call_without_token_is_refused(db, path):
    answer = Api().get(path)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_person_gets_only_the_own_profile(public_application, citizen, profile):
    stranger = make_user()
    body = Api(make_token(public_application, stranger)).get("/api/v1/profile").json()
    assert body["uid"] == str(stranger.uid)
    assert body["first_name"] is None


def test_sandbox_client_reads_its_test_user(application, team):
    test_user = make_test_user(team)
    Profile.objects.of(test_user.user).update_values({"first_name": "Tess"}, by=test_user.user)
    body = Api(make_token(application)).get("/api/v1/profile").json()
    assert (body["uid"], body["first_name"]) == (str(test_user.user.uid), "Tess")


@pytest.mark.parametrize("query", ["", "?schema=true"])
def test_profile_read_takes_one_statement(public_application, citizen, profile, query):
    api = Api(make_token(public_application, citizen))
    api.get("/api/v1/profile")
    with statements() as ran:
        assert api.get("/api/v1/profile" + query).status_code == 200
    assert len(ran) == 1


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/nothing", "/api/v1/task/abc", "/api/v1/", "/api/v2/profile"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_path_returns_the_error_format(db, path, method):
    answer = Api().request(method, path)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "NOT_FOUND"
