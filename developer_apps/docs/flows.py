"""Sequence diagrams of the documentation: flows as data, and what a template needs to draw them as inline SVG.

The list of steps next to a drawing says the same in sentences; the drawing only shows who calls and in which order.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from developer_apps import contributions
from developer_apps.contributions import API, APP, BROWSER, MYUSA, Flow, FlowStep, Text

# In the units of the view box: a wide drawing has the requests on its arrows, a narrow one only numbers.
WIDE, NARROW = 720, 288
LANES_TOP, ROW, NARROW_ROW = 44, 44, 30
BOX_WIDTH, HEAD = 88, 8


@dataclass(frozen=True)
class Party:
    """The box and the lifeline of one party, around `x`."""

    x: float
    name: Text


@dataclass(frozen=True)
class Arrow:
    """One arrow from `start`, where its number is, to `end`, where its head begins; `label_x` is the middle."""

    number: int
    start: float
    end: float
    y: int
    head: str
    label_x: float
    wire: str
    is_response: bool


@dataclass(frozen=True)
class Drawing:
    kind: str
    width: int
    height: int
    parties: list[Party]
    arrows: list[Arrow]

    @property
    def view_box(self) -> str:
        return f"0 0 {self.width} {self.height}"


def flows() -> dict[str, Flow]:
    """Return all flows by slug: those of OAuth and of APIs served elsewhere, and those of the APIs served here."""
    served = [flow for each in contributions.registered for flow in each.flows]
    return {flow.slug: flow for flow in [*_OWN, *served]}


def drawings(flow: Flow) -> list[Drawing]:
    """Return a drawing for wide windows and one for phones."""
    return [_draw(flow, "wide", WIDE, ROW), _draw(flow, "narrow", NARROW, NARROW_ROW)]


def _draw(flow: Flow, kind: str, width: int, row: int) -> Drawing:
    distance = (width - BOX_WIDTH) / (len(flow.parties) - 1)
    lanes = {party: BOX_WIDTH / 2 + index * distance for index, party in enumerate(flow.parties)}
    arrows = [
        _arrow(number, step, lanes[step.sender], lanes[step.receiver], LANES_TOP + number * row - row // 3)
        for number, step in enumerate(flow.steps, 1)
    ]
    height = LANES_TOP + len(arrows) * row + row // 3
    return Drawing(kind, width, height, [Party(x, name) for name, x in lanes.items()], arrows)


def _arrow(number: int, step: FlowStep, start: float, end: float, y: int) -> Arrow:
    forward = 1 if end > start else -1
    return Arrow(
        number=number,
        start=start,
        end=end - forward * HEAD,
        y=y,
        head=f"M{end:.0f} {y}l{-forward * HEAD} {-HEAD // 2}v{HEAD}z",
        label_x=(start + end) / 2,
        wire=step.wire,
        is_response=step.wire[:1].isdigit(),
    )


_OWN = [
    Flow(
        "sign-in",
        _("Sign-in with a code and PKCE"),
        [BROWSER, APP, MYUSA],
        [
            FlowStep(BROWSER, APP, "GET /auth/myusa", _("The person clicks your button.")),
            FlowStep(
                APP,
                BROWSER,
                "302 /oauth/authorize?code_challenge=…",
                _("Your app keeps a new state and a PKCE verifier in the session, and redirects to MyUSA."),
            ),
            FlowStep(
                BROWSER,
                MYUSA,
                "GET /oauth/authorize?…&state=…&code_challenge=…",
                _("The person signs in and chooses what to share."),
            ),
            FlowStep(
                MYUSA, BROWSER, "302 redirect_uri?code=…&state=…&iss=…", _("MyUSA sends the person back with a code.")
            ),
            FlowStep(BROWSER, APP, "GET redirect_uri?code=…&state=…", _("Your app compares the state and the issuer.")),
            FlowStep(
                APP,
                MYUSA,
                "POST /oauth/token: code, code_verifier",
                _("Your server exchanges the code, with its secret and the verifier."),
            ),
            FlowStep(
                MYUSA,
                APP,
                "200 access_token, refresh_token",
                _("MyUSA returns the tokens and the scopes that were granted."),
            ),
            FlowStep(APP, MYUSA, "GET /api/v1/profile", _("Your server reads the profile with the access token.")),
            FlowStep(MYUSA, APP, "200 uid, email", _("MyUSA returns the fields that the person allowed.")),
            FlowStep(APP, BROWSER, "200 Welcome", _("The person is signed in to your app.")),
        ],
    ),
    Flow(
        "client-credentials",
        _("A token for your app itself"),
        [APP, MYUSA],
        [
            FlowStep(
                APP,
                MYUSA,
                "POST /oauth/token: grant_type=client_credentials",
                _("Your server sends its client ID and secret. No person is involved."),
            ),
            FlowStep(MYUSA, APP, "200 access_token", _("MyUSA returns an access token without a refresh token.")),
            FlowStep(
                APP,
                MYUSA,
                "GET /api/v1/profile, X-Test-User: …",
                _("With sandbox keys, your server calls an API as one of your test users."),
            ),
            FlowStep(MYUSA, APP, "200 the test user’s profile", _("MyUSA returns the test user’s data.")),
        ],
    ),
    Flow(
        "refresh",
        _("Refresh a token"),
        [APP, MYUSA],
        [
            FlowStep(
                APP,
                MYUSA,
                "POST /oauth/token: grant_type=refresh_token",
                _("Shortly before the access token expires, your server sends the refresh token."),
            ),
            FlowStep(
                MYUSA,
                APP,
                "200 access_token, refresh_token",
                _(
                    "MyUSA returns two new tokens. Store both before you use them. The old refresh token no longer works."
                ),
            ),
            FlowStep(APP, MYUSA, "GET /api/v1/profile", _("Your server calls the API with the new access token.")),
            FlowStep(MYUSA, APP, "200 uid, email", _("MyUSA returns the data.")),
            FlowStep(
                APP,
                MYUSA,
                "POST /oauth/token: an expired refresh token",
                _("Later, the refresh token is expired, used or revoked."),
            ),
            FlowStep(MYUSA, APP, "400 invalid_grant", _("MyUSA rejects it. Let the person sign in again.")),
        ],
    ),
    Flow(
        "introspection",
        _("Call an API from another agency"),
        [APP, API, MYUSA],
        [
            FlowStep(APP, API, "GET /case-status/…", _("Your app calls the agency’s API with its access token.")),
            FlowStep(
                API,
                MYUSA,
                "POST /oauth/introspect",
                _("The API, or its gateway by /gateway/verify, asks MyUSA about the token."),
            ),
            FlowStep(
                MYUSA,
                API,
                "200 active, scope, trace_id",
                _("MyUSA checks scopes, quota and blocks, and returns the result."),
            ),
            FlowStep(API, APP, "200 the case", _("The API responds to your app.")),
            FlowStep(
                API,
                MYUSA,
                "POST /gateway/outcomes",
                _("The API reports what it responded, so the call counts as evidence."),
            ),
            FlowStep(MYUSA, API, "200 recorded", _("MyUSA says for each outcome whether it is recorded.")),
        ],
    ),
]
