"""What a person typed in a long form survives the end of their session (WCAG 2.2.5).

    @survives_sign_in
    @login_required
    def edit(request):
        form = DetailsForm(unsaved_forms.data(request), …)
        if request.method == "POST" and form.is_valid(): …

When such a form is sent after the session has ended, its body is kept for an hour, and the form comes back as it was
typed once the same person has signed in. A signed cookie, set by the page of the form, tells whose session it was; the
CSRF token changes with every sign-in, so an older page of somebody else cannot be sent in its place. The body lies in an
encrypted session row of its own, whose key only this browser's session holds. Files are not kept.

Never put the decorator on a form that takes a code, a secret or a password.
"""

from collections.abc import Iterable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.guards import View
from accounts.models import User
from accounts.sessions import SessionStore
from myusa.lib import limits
from myusa.lib.http import cookies
from myusa.lib.security.digests import keyed_digest, keyed_digests

COOKIE = "form_owner"
KEPT_SECONDS = 3600
# Of the body as the browser sends it, percent-encoded.
MAX_BYTES = 200_000
# Forms kept for one browser, the newest ones.
KEPT = 3
# Forms kept for one account in an hour.
KEPT_PER_HOUR = 30
# In the session: {path of the form: key of the row that holds its body}.
_KEY = "unsaved_forms"
_PURPOSE = "form-owner"
_NOT_KEPT = "csrfmiddlewaretoken"


def cookie_name() -> str:
    return cookies.host_only(COOKIE, secure=settings.SESSION_COOKIE_SECURE)


def survives_sign_in(view: View) -> View:
    """Keep what is sent to `view` by a person whose session has ended. It goes above `login_required`."""

    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user, is_signed_in = request.user, request.user.is_authenticated
        response = view(request, *args, **kwargs)
        if is_signed_in:
            if request.method == "POST":
                _forget(request, [request.get_full_path()])
            elif not _is_owner(_owner(request), user):
                _mark(response, user)
        elif request.method == "POST" and _asks_for_sign_in(response):
            _keep(request)
        return response

    return kept


def data(request: HttpRequest, *, sent_to: str = "") -> QueryDict | None:
    """Return what a form of this page is bound to: what was sent, or what was kept for this person, or None.

    `sent_to`: the path to which the form is sent, if it is not this page's own.
    """
    if request.method == "POST":
        return request.POST
    body = _body(request, sent_to or request.get_full_path())
    if body is None:
        return None
    messages.info(request, _("You were signed out before this was saved. What you typed is still here: save it now."))
    return QueryDict(body)


def keep_only_for(request: HttpRequest, user: User) -> None:
    """Delete what this browser's session keeps of other people than `user`, who has just signed in."""
    rows: dict[str, str] = request.session.get(_KEY, {})
    _forget(request, [path for path, key in rows.items() if not _is_owner(SessionStore(key).get("owner"), user)])


def _keep(request: HttpRequest) -> None:
    owner = _owner(request)
    typed = request.POST.copy()
    typed.pop(_NOT_KEPT, None)
    body = typed.urlencode()
    if not owner or len(body) > MAX_BYTES:
        return
    if not limits.hit(f"unsaved-forms:{owner}", KEPT_PER_HOUR, 3600).allowed:
        return
    path = request.get_full_path()
    rows: dict[str, str] = request.session.get(_KEY, {})
    _forget(request, {path, *list(rows)[: 1 - KEPT]})
    row = SessionStore()
    row.update({"owner": owner, "body": body})
    row.set_expiry(KEPT_SECONDS)
    row.save()
    request.session[_KEY] = {**request.session.get(_KEY, {}), path: row.session_key}


def _body(request: HttpRequest, path: str) -> str | None:
    key = request.session.get(_KEY, {}).get(path)
    row = SessionStore(key).load() if key else {}
    return str(row["body"]) if row and _is_owner(row["owner"], request.user) else None


def _forget(request: HttpRequest, paths: Iterable[str]) -> None:
    rows: dict[str, str] = request.session.get(_KEY, {})
    gone = [path for path in paths if path in rows]
    for path in gone:
        SessionStore().delete(rows[path])
    if gone:
        request.session[_KEY] = {path: key for path, key in rows.items() if path not in gone}


def _asks_for_sign_in(response: HttpResponse) -> bool:
    return isinstance(response, HttpResponseRedirect) and response.url.partition("?")[0] == reverse("accounts:sign_in")


def _owner(request: HttpRequest) -> str | None:
    """Return the digest of the account to which this browser's cookie belongs, if this site signed it."""
    owner = request.get_signed_cookie(cookie_name(), default=None, salt=_PURPOSE)
    return str(owner) if owner else None


def _is_owner(owner: str | None, user: Any) -> bool:
    return bool(owner) and owner in keyed_digests(_PURPOSE, str(user.pk))


def _mark(response: HttpResponse, user: Any) -> None:
    """Tell the browser whose form this page holds, for as long as it is open."""
    response.set_signed_cookie(
        cookie_name(),
        keyed_digest(_PURPOSE, str(user.pk)),
        salt=_PURPOSE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
