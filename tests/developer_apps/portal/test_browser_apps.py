"""Apps that run in a browser call from their own address (CORS, Fetch standard §3.3); pages stay closed to them."""

import pytest

from tests.factories import make_token

ORIGIN = "https://spa.example.gov"


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/accesstoken", "/oauth/revoke", "/api/v1/tasks", "/api/tasks"])
def test_browsers_may_ask_before_they_call(anonymous, path):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,idempotency-key"}

    answer = anonymous.options(path, headers={"Origin": ORIGIN, **asked})

    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert {"authorization", "content-type", "idempotency-key"} <= set(
        answer["Access-Control-Allow-Headers"].split(", ")
    )
    assert "POST" in answer["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in answer


def test_responses_and_their_headers_can_be_read(api, public_application, citizen):
    caller = api(make_token(public_application, citizen))

    answer = caller.get("/api/v1/profile", Origin=ORIGIN)
    refusal = api("unknown").get("/api/v1/profile", Origin=ORIGIN)

    assert (answer.status_code, refusal.status_code) == (200, 401)
    for each in (answer, refusal):
        assert each["Access-Control-Allow-Origin"] == "*"
        assert {"RateLimit-Remaining", "Retry-After", "X-Request-Id"} <= set(
            each["Access-Control-Expose-Headers"].split(", ")
        )


@pytest.mark.parametrize(
    "path", ["/", "/profile", "/users/sign_in", "/oauth/authorize", "/oauth/introspect", "/gateway/verify", "/admin/"]
)
def test_pages_and_other_servers_calls_stay_closed(sign_in, citizen, path):
    answer = sign_in(citizen).get(path, headers={"Origin": ORIGIN})

    assert "Access-Control-Allow-Origin" not in answer
