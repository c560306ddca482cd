"""Sign in through an app: the authorize endpoint, consent, and the page that shows a code."""

from urllib.parse import parse_qs, urlencode, urlsplit

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods
from oauth2_provider.exceptions import FatalClientError, OAuthToolkitError
from oauthlib.oauth2.rfc6749 import errors as oauth_errors

from accounts import destinations, unsaved_forms
from accounts.models import User
from accounts.unsaved_forms import survives_sign_in
from developer_apps.access import facts
from developer_apps.errors import OAUTH
from developer_apps.models import App, Client, TestUser
from developer_apps.oauth import consent, consent_page, consent_values, credentials, redirects
from developer_apps.oauth.consent import AuthorizationRequest, Question
from developer_apps.oauth.diagnosis import record_authorization_request
from developer_apps.oauth.views.tokens import token
from developer_apps.redirect_uris import OUT_OF_BAND
from myusa.lib.database.conflicts import is_orphan
from myusa.lib.http import bodies
from myusa.lib.http.csp import allow_any_form_target
from myusa.lib.http.errors import Problems
from myusa.lib.observability import request_id

MAX_SHOWN_URI = 500


class AppRedirect(HttpResponse):
    """A redirect to an address that the app registered, byte for byte: Django's own would encode it again."""

    status_code = 302

    def __init__(self, address: str) -> None:
        super().__init__(headers={"Location": address})

    @property
    def url(self) -> str:
        return self["Location"]


@csrf_exempt
@unsaved_forms.keeps_old_forms
@never_cache
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """Handle the authorize endpoint; a POST with a grant type is a token request at the address of old clients.

    HEAD is refused: a link preview must not be given a code.
    """
    if request.method == "POST" and _is_token_request(request):
        return token(request)
    try:
        return csrf_protect(survives_sign_in(_authorize))(request)
    except (IntegrityError, App.DoesNotExist) as error:
        if not (isinstance(error, App.DoesNotExist) or is_orphan(error)):
            raise
        # The app, its keys or the account was deleted in the meantime.
        return _refuse(request, oauth_errors.InvalidClientIdError())


def connect(request: HttpRequest) -> HttpResponse | None:
    """Turn the Connect URL (`/users/sign_in?client_id=…`) into an authorization request."""
    if "client_id" not in request.GET:
        return None
    query = {"response_type": "code"} | {name: values for name, values in request.GET.lists() if name != "next"}
    path = f"{reverse('oauth2_provider:authorize')}?{urlencode(query, doseq=True)}"
    if len(path) > destinations.LONGEST:
        return _refuse(request, oauth_errors.InvalidRequestError("The request is too long."))
    return HttpResponseRedirect(path)


def _is_token_request(request: HttpRequest) -> bool:
    """Whether a POST is no consent form: the query is of no account, since a consent's is the app's to write."""
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return True
    try:
        return "grant_type" in bodies.read_body(request)
    except Problems:
        return False


def _authorize(request: HttpRequest) -> HttpResponse:
    try:
        asking = AuthorizationRequest.parse(request)
    except FatalClientError as error:
        return _refuse(request, error.oauthlib_error)
    except OAuthToolkitError as error:
        app = App.objects.get(clients__client_id=error.oauthlib_error.client_id)
        return _refuse_sign_in(request, app) or _redirect_with_error(request, error.oauthlib_error)
    if not request.user.is_authenticated and len(request.get_full_path()) > destinations.LONGEST:
        # Escaped, it is too long to come back after the sign-in: the app hears it before anyone signs in.
        return _answer_app(request, asking, error="invalid_request")
    if answer := _refuse_sign_in(request, asking.app):
        return answer
    user = request.user
    if not user.is_authenticated:
        return _answer_app(request, asking, error="login_required")
    if request.method == "POST":
        return _decide(request, asking, user)
    question = Question.for_user(user, asking)
    if not question.is_needed and "select_account" not in asking.prompt:
        try:
            return _give_code(request, asking, question, allowed=None)
        except consent.Disconnected:
            question = Question.for_user(user, asking)
    if "none" in asking.prompt:
        return _answer_app(request, asking, error="consent_required")
    if (typed := unsaved_forms.data(request)) is None:
        return consent_page.show(request, asking, question)
    return _show_again(request, asking, user, typed)


def _refuse_sign_in(request: HttpRequest, app: App) -> HttpResponse | None:
    """Return what a person sees who cannot go on to the app, or not yet; None for everyone else.

    A mistake in the request is reported to the app only after that, too: a link to this server that leads a stranger straight
    to a registered address would serve for phishing (RFC 9700 §4.11.2). `prompt=none` asks for just that.
    """
    if not request.user.is_authenticated:
        return None if "none" in consent.prompt_of(request) else redirect_to_login(request.get_full_path())
    if facts.may_sign_in(request.user, app):
        return None
    context = {"app": app, **_for_developers(request, "invalid_client", "", None)}
    # The page offers to switch the account, which may lead on to an app.
    return allow_any_form_target(render(request, "developer_apps/oauth/private.html", context, status=403))


def _decide(request: HttpRequest, asking: AuthorizationRequest, user: User) -> HttpResponse:
    action = request.POST.get("action")
    if action == "switch":
        logout(request)
        return redirect_to_login(request.get_full_path())
    if action == "cancel":
        return _answer_app(request, asking, error="access_denied")
    if action == "choose" or not _is_answer(request, asking, user):
        return _show_again(request, asking, user, request.POST, status=200 if action == "choose" else 400)
    test_user = _chosen_test_user(request.POST, asking, user)
    question = Question.for_user(test_user.user if test_user else user, asking)
    chosen = [scope for scope in question.asked if scope in request.POST.getlist("scopes")]
    form = consent_values.MissingValuesForm(question.user, chosen, request.POST)
    if not form.is_valid():
        return _show_again(request, asking, user, request.POST, status=400)
    form.save(by=user)
    return _give_code(request, asking, question, allowed=chosen)


def _is_answer(request: HttpRequest, asking: AuthorizationRequest, user: User) -> bool:
    """Whether the person presses the button that shares, for themselves or for a test user that they can be."""
    chosen = request.POST.get("continue_as")
    return request.POST.get("action") == "allow" and (
        not chosen or _chosen_test_user(request.POST, asking, user) is not None
    )


def _chosen_test_user(typed: QueryDict, asking: AuthorizationRequest, user: User) -> TestUser | None:
    """Return the test user that a member of the app's team continues as."""
    offered = {str(each.user.uid): each for each in consent.insider_test_users(user, asking)}
    return offered.get(typed.get("continue_as", ""))


def _show_again(
    request: HttpRequest, asking: AuthorizationRequest, user: User, typed: QueryDict, *, status: int = 200
) -> HttpResponse:
    """Ask for the chosen person or test user, with what was typed and checked for them."""
    test_user = _chosen_test_user(typed, asking, user)
    question = Question.for_user(test_user.user if test_user else user, asking)
    if typed.get("action") != "allow":
        return consent_page.show(request, asking, question, test_user=test_user, status=status)
    # What is not checked keeps its field, too.
    form = consent_values.MissingValuesForm(question.user, question.asked, typed)
    return consent_page.show(
        request, asking, question, test_user=test_user, form=form, ticked=typed.getlist("scopes"), status=status
    )


def _give_code(
    request: HttpRequest, asking: AuthorizationRequest, question: Question, *, allowed: list[str] | None
) -> HttpResponse:
    """Send the person back with a code, or with the error that came up since the request was read."""
    try:
        address = consent.answer(request, asking, question, allowed=allowed)
    except oauth_errors.FatalClientError as error:
        return _refuse(request, error)
    except oauth_errors.OAuth2Error as error:
        return _redirect_with_error(request, error)
    if asking.redirect_uri != OUT_OF_BAND:
        return AppRedirect(address)
    code = parse_qs(urlsplit(address).query)["code"][0]
    return render(request, "developer_apps/oauth/out_of_band.html", {"app": asking.app, "code": code})


def _answer_app(request: HttpRequest, asking: AuthorizationRequest, *, error: str) -> HttpResponse:
    """Tell the app that there will be no code (RFC 6749 §4.1.2.1)."""
    return _give_error(
        request, asking.redirect_uri, error, redirects.description_of(error), asking.credentials.get("state")
    )


def _redirect_with_error(request: HttpRequest, error: oauth_errors.OAuth2Error) -> HttpResponse:
    """Send an error of the authorization request to the redirect URI, which was validated before it was found."""
    description = redirects.described(error)
    record_authorization_request(request, status=302, error=error.error, description=description)
    return _give_error(request, error.redirect_uri, error.error, description, error.state)


def _give_error(
    request: HttpRequest, redirect_uri: str, error: str, description: str, state: str | None
) -> HttpResponse:
    if redirect_uri != OUT_OF_BAND:
        return AppRedirect(redirects.error_address(redirect_uri, error, description, state))
    context = {"app": None, "code": "", "error": error, "description": description}
    status = 200 if error == "access_denied" else 400
    return render(request, "developer_apps/oauth/out_of_band.html", context, status=status)


def _refuse(request: HttpRequest, error: oauth_errors.OAuth2Error) -> HttpResponse:
    """Tell the person that the app's request is broken; nothing may be sent to an address that was not validated."""
    client = credentials.load_client(request.GET.get("client_id", "")[:255].replace("\x00", ""))
    context = {
        "app": client.app if client else None,
        **_for_developers(request, error.error, error.description or "", client),
    }
    record_authorization_request(request, status=400, error=error.error, description=error.description or "")
    return render(request, "developer_apps/oauth/refused.html", context, status=400)


def _for_developers(request: HttpRequest, error: str, description: str, client: Client | None) -> dict[str, object]:
    """Return what the page says to the app's developers. What is registered is for members of the team alone."""
    received = request.GET.get("redirect_uri", "")[:MAX_SHOWN_URI]
    is_wrong = client is not None and bool(received) and not client.redirect_uri_allowed(received)
    is_team = (
        client is not None
        and request.user.is_authenticated
        and App.objects.visible_to(request.user).filter(pk=client.app_id).exists()
    )
    return {
        "error": error,
        "description": description,
        "reference": OAUTH.get(error, OAUTH["invalid_request"]).anchor,
        "received": received if is_wrong else "",
        "team_client": client if is_team else None,
        "request_id": request_id.current(),
    }
