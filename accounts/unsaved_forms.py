"""What a person typed in a long form survives the end of their session (WCAG 2.2.5), and the way to a second factor.

    @survives_sign_in
    @login_required
    def edit(request):
        form = DetailsForm(unsaved_forms.data(request), …)
        if request.method == "POST" and form.is_valid(): …

When such a form is sent after the session has ended, its body is kept for an hour, and the form comes back as it was
typed once the same person has signed in. A signed cookie, set by the page of the form, tells whose session it was; the
CSRF token changes with every sign-in, so an older page of someone else cannot be sent in its place. The body lies in an
encrypted session row of its own, whose key only this browser's session holds. Files are not kept.

A form whose token is old, because the person signed in again in another tab, is kept in the same way and shown with a new
token (`keep_old`). The cookie names the CSRF secrets of the person's pages, so it is known whose page the form is from.

The admin does so for all of its forms, whose pages know nothing of it: `accounts.admin_gate` shows what was typed on a page
of its own, from which it is sent once more.

A page that is opened by a link of its own, without an account, has the same by `survives_sign_in_elsewhere`. There the
cookie names the CSRF secrets alone, and what is kept belongs to the link.

Never put a decorator on a form that takes a code, a secret or a password.
"""

import re
from collections.abc import Iterable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.middleware.csrf import _unmask_cipher_token, get_token  # type: ignore[attr-defined]
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.guards import SecondFactorNeeded, View
from accounts.models import User
from accounts.sessions import SessionStore
from myusa.lib import limits
from myusa.lib.http import cookies
from myusa.lib.security.digests import keyed_digest, keyed_digests

COOKIE, LINK_COOKIE = "form_owner", "link_form"
KEPT_SECONDS = 3600
# Of the body as the browser sends it, percent-encoded.
MAX_BYTES = 200_000
# Forms kept for one browser, the newest ones.
KEPT = 3
# Forms kept for one account in an hour.
KEPT_PER_HOUR = 30
# CSRF secrets that the cookie names, those of a person's last sessions in this browser.
SECRETS = 4
# In the session: {path of the form: key of the row that holds its body}.
_KEY = "unsaved_forms"
# What belongs to a link belongs to this, with the link's path; accounts have numbers.
_LINK = "link "
_PURPOSE, _SECRET_PURPOSE = "form-owner", "form-secret"
_NOT_KEPT = "csrfmiddlewaretoken"
_MARK, _LINK_MARK = "keeps_old_forms", "belongs_to_a_link"
_TOKEN = re.compile(r"[a-zA-Z0-9]{64}")


def cookie_name(*, of_link: bool = False) -> str:
    return cookies.host_only(LINK_COOKIE if of_link else COOKIE, secure=settings.SESSION_COOKIE_SECURE)


def survives_sign_in(view: View) -> View:
    """Keep what is sent to `view` by a person whose session has ended. It goes above `login_required`."""

    @keeps_old_forms
    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user, is_signed_in = request.user, request.user.is_authenticated
        try:
            response = view(request, *args, **kwargs)
        except SecondFactorNeeded:
            if request.method == "POST":
                _keep(request, keyed_digest(_PURPOSE, str(user.pk)), was_signed_out=False)
            raise
        if request.method == "POST" and _asks_for_sign_in(response):
            owner = keyed_digest(_PURPOSE, str(user.pk)) if is_signed_in else _owner(request)
            _keep(request, owner, was_signed_out=not is_signed_in)
        elif is_signed_in:
            if request.method == "POST":
                forget(request)
            else:
                _mark(request, response, str(user.pk))
        return response

    return kept


def survives_sign_in_elsewhere(view: View) -> View:
    """Keep what is sent to the page of a link with the token from before someone signed in on another tab."""

    @keeps_old_forms
    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if request.method == "POST":
            forget(request)
        else:
            _mark(request, response, _LINK)
        return response

    setattr(kept, _LINK_MARK, True)
    return kept


def keeps_old_forms(view: View) -> View:
    """Let a form with an old token that was sent to `view` be kept; `survives_sign_in` implies it."""
    setattr(view, _MARK, True)
    return view


def keep_old(request: HttpRequest) -> bool:
    """Keep a form of this person that failed the CSRF check because its token is of an earlier session.

    Return whether it was kept: not if the view does not take part, or if the form is not known to be this person's.
    """
    match, token = request.resolver_match, request.POST.get(_NOT_KEPT, "")
    takes_part = match is not None and (hasattr(match.func, _MARK) or "admin" in match.app_names)
    if not takes_part or not _TOKEN.fullmatch(token):
        return False
    owner, secrets = _read(request)
    is_signed_in, of_link = request.user.is_authenticated, _is_of_link(request)
    if is_signed_in and not of_link and not _is_owner(owner, str(request.user.pk)):
        return False
    if not any(each in secrets for each in keyed_digests(_SECRET_PURPOSE, _unmask_cipher_token(token))):
        return False
    if of_link:
        return _keep(request, keyed_digest(_PURPOSE, _LINK + request.path), was_signed_out=False)
    return _keep(request, owner, was_signed_out=not is_signed_in)


def data(request: HttpRequest, *, sent_to: str = "") -> QueryDict | None:
    """Return what a form of this page is bound to: what was sent, or what was kept for this person, or None.

    `sent_to`: the path to which the form is sent, if it is not this page's own.
    """
    if request.method == "POST":
        return request.POST
    row = _row(request, sent_to or request.get_full_path())
    if row is None:
        return None
    if row["was_signed_out"]:
        text = _("You were signed out before this was saved. What you typed is still here. Save it now.")
    else:
        text = _("This isn’t saved yet. What you typed is still here. Save it now.")
    messages.info(request, text)
    return QueryDict(row["body"])


def forget(request: HttpRequest) -> None:
    """Delete what was kept for this page."""
    _forget(request, [request.get_full_path()])


def keep_only_for(request: HttpRequest, user: User) -> None:
    """Delete what this browser's session keeps of other people than `user`, who has just signed in."""
    rows: dict[str, str] = request.session.get(_KEY, {})
    gone = [
        path for path, key in rows.items() if not _is_owner(SessionStore(key).get("owner"), str(user.pk), _LINK + path)
    ]
    _forget(request, gone)


def _keep(request: HttpRequest, owner: str | None, *, was_signed_out: bool = True) -> bool:
    """Keep the posted body for `owner`; return whether it was, since it may be too large or one too many."""
    typed = request.POST.copy()
    typed.pop(_NOT_KEPT, None)
    body = typed.urlencode()
    if not owner or len(body) > MAX_BYTES:
        return False
    if not limits.hit(f"unsaved-forms:{owner}", KEPT_PER_HOUR, 3600).allowed:
        return False
    path = request.get_full_path()
    rows: dict[str, str] = request.session.get(_KEY, {})
    _forget(request, {path, *list(rows)[: 1 - KEPT]})
    row = SessionStore()
    row.update({"owner": owner, "body": body, "was_signed_out": was_signed_out})
    row.set_expiry(KEPT_SECONDS)
    row.save()
    request.session[_KEY] = {**request.session.get(_KEY, {}), path: row.session_key}
    return True


def _row(request: HttpRequest, path: str) -> SessionStore | None:
    key = request.session.get(_KEY, {}).get(path)
    row = SessionStore(key) if key else None
    subject = _LINK + request.path if _is_of_link(request) else str(request.user.pk)
    return row if row is not None and _is_owner(row.get("owner"), subject) else None


def _forget(request: HttpRequest, paths: Iterable[str]) -> None:
    rows: dict[str, str] = request.session.get(_KEY, {})
    gone = [path for path in paths if path in rows]
    for path in gone:
        SessionStore().delete(rows[path])
    if gone:
        request.session[_KEY] = {path: key for path, key in rows.items() if path not in gone}


def _asks_for_sign_in(response: HttpResponse) -> bool:
    pages = (reverse("accounts:sign_in"), reverse("accounts:confirm"), reverse("admin:login"))
    return isinstance(response, HttpResponseRedirect) and response.url.partition("?")[0] in pages


def _is_of_link(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and hasattr(match.func, _LINK_MARK)


def _owner(request: HttpRequest) -> str | None:
    return _read(request)[0]


def _read(request: HttpRequest) -> tuple[str | None, list[str]]:
    """Return what this browser's cookie says, if this site signed it.

    That is the digest of the account to which it belongs, and those of the CSRF secrets of that person's pages.
    """
    name = cookie_name(of_link=_is_of_link(request))
    value = request.get_signed_cookie(name, default=None, salt=_PURPOSE)
    owner, *secrets = str(value or "").split(".")
    return owner or None, secrets


def _is_owner(owner: str | None, *subjects: str) -> bool:
    return bool(owner) and any(owner in keyed_digests(_PURPOSE, subject) for subject in subjects)


def _mark(request: HttpRequest, response: HttpResponse, subject: str) -> None:
    """Tell the browser whose form this page holds, for as long as it is open."""
    get_token(request)
    owner, secrets = _read(request)
    secret = keyed_digest(_SECRET_PURPOSE, request.META["CSRF_COOKIE"])
    if _is_owner(owner, subject) and secret in secrets:
        return
    others = secrets[: SECRETS - 1] if _is_owner(owner, subject) else []
    response.set_signed_cookie(
        cookie_name(of_link=_is_of_link(request)),
        ".".join([keyed_digest(_PURPOSE, subject), secret, *others]),
        salt=_PURPOSE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
