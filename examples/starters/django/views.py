"""Sign a person in with MyUSA, show their profile, refresh the token, sign out."""

# docs: setup
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.django_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

oauth = OAuth()
oauth.register(
    "myusa",
    client_id=settings.MYUSA_CLIENT_ID,
    client_secret=settings.MYUSA_CLIENT_SECRET,
    server_metadata_url=f"{settings.MYUSA_URL}/.well-known/oauth-authorization-server",
    client_kwargs={
        "scope": "profile.email profile.first_name",
        "code_challenge_method": "S256",
    },
)
# end


# docs: sign-in
def sign_in(request: HttpRequest) -> HttpResponse:
    callback_url = request.build_absolute_uri(reverse("callback"))
    return oauth.myusa.authorize_redirect(request, callback_url)


def callback(request: HttpRequest) -> HttpResponse:
    try:
        token = oauth.myusa.authorize_access_token(request)
    except OAuthError as error:
        if error.error == "access_denied":
            return home(request, "You canceled the sign-in.")
        return home(request, f"The sign-in failed ({error.error}). Try again.")
    request.session.cycle_key()
    request.session["token"] = dict(token)
    return redirect("home")


# end


# docs: profile
def myusa_session(request: HttpRequest) -> OAuth2Session:
    """Return a session that calls MyUSA for the person. It refreshes the token."""

    def save(token: dict, **_: object) -> None:
        request.session["token"] = dict(token)

    metadata = oauth.myusa.load_server_metadata()
    return OAuth2Session(
        settings.MYUSA_CLIENT_ID,
        settings.MYUSA_CLIENT_SECRET,
        token=request.session["token"],
        token_endpoint=metadata["token_endpoint"],
        revocation_endpoint=metadata["revocation_endpoint"],
        update_token=save,
    )


def home(request: HttpRequest, message: str = "") -> HttpResponse:
    profile = None
    if "token" in request.session:
        try:
            url = f"{settings.MYUSA_URL}/api/v1/profile"
            response = myusa_session(request).get(url)
        except OAuthError:  # the refresh token expired or was revoked
            response = None
        if response is None or response.status_code == 401:
            request.session.flush()
            message = "You were signed out. Sign in again."
        else:
            response.raise_for_status()
            profile = response.json()
    values = {
        "profile": profile,
        "message": message,
        "myusa_url": settings.MYUSA_URL,
    }
    return render(request, "home.html", values)


# end


# docs: sign-out
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if "token" in request.session:
        session, token = myusa_session(request), request.session["token"]
        url = session.metadata["revocation_endpoint"]
        session.revoke_token(url, token["refresh_token"])
    request.session.flush()
    return redirect("home")


# end
