"""Where this site differs from allauth's defaults."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.webauthn.internal.flows import did_use_passwordless_login
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import destinations, known_browsers, languages, notices, time_zones, unsaved_forms, user_agents
from accounts.models import User
from accounts.models.user import TEST_USER_DOMAIN, normalize_email
from accounts.sessions import CLIENT_KEY
from accounts.sign_in import REMEMBER_KEY
from myusa.lib.database import encryption
from myusa.lib.http.network import client_address

# What the next page says by itself.
_UNSAID = (
    "account/messages/logged_in.txt",
    "account/messages/logged_out.txt",
    "mfa/messages/recovery_codes_generated.txt",
)


class AccountAdapter(DefaultAccountAdapter):
    """Sessions as this site keeps them; the proof itself is `accounts.sign_in`."""

    def login(self, request: HttpRequest, user: User) -> None:
        """Start the session: for the browser's life, or longer where the person asked to be remembered."""
        remember = request.session.get(REMEMBER_KEY, False)
        is_first = user.last_login is None
        super().login(request, user)
        unsaved_forms.keep_only_for(request, user)
        request.session.pop(REMEMBER_KEY, None)
        request.session.set_expiry(settings.SESSION_REMEMBER_AGE if remember else 0)
        request.session[CLIENT_KEY] = {
            "address": client_address(request),
            "agent": user_agents.name(request),
        }
        if not is_first and not known_browsers.knows(request, user.email):
            notices.new_browser(request, user, by_passkey=did_use_passwordless_login(request, user))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        known_browsers.remember(request, response, user.email)
        languages.keep(user)
        time_zones.keep(user)
        return response

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True

    def is_safe_url(self, url: str) -> bool:
        return destinations.safe_path(self.request, url) is not None

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Never by allauth, which lets people without a password pass: `accounts.guards` asks instead."""
        return False

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        if not user.is_active or user.is_test_user:
            clear_login(request)
            return self.respond_user_inactive(request, user)
        return None

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        messages.error(request, _("You can’t use this account. If you think that’s a mistake, email support."))
        return HttpResponseRedirect(reverse("accounts:sign_in"))

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if message_template not in _UNSAID:
            super().add_message(request, level, message_template, *args, **kwargs)


class MFAAdapter(DefaultMFAAdapter):
    """Seeds of authenticator apps and recovery codes, encrypted at rest."""

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return encryption.decrypt(encrypted_text)
        except encryption.InvalidToken as error:
            encryption.count_unreadable("mfa.Authenticator.data")
            raise encryption.UnreadableValue from error

    def get_totp_label(self, user: User) -> str:
        return f"{settings.SITE_NAME}:{user.email}"


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Google proves an address as a code does, if Google itself has verified it."""

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """Spell Google's addresses as accounts keep them, before an account is looked up by them."""
        for address in sociallogin.email_addresses:
            address.email = normalize_email(address.email)
        return super().populate_user(request, sociallogin, {**data, "email": normalize_email(data.get("email") or "")})

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        synthetic = f"@{TEST_USER_DOMAIN}"
        if not any(
            address.verified and not address.email.endswith(synthetic) for address in sociallogin.email_addresses
        ):
            messages.error(request, _("Google has not verified your email address. Sign in with a code instead."))
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("accounts:sign_in")))
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("accounts:security")))

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        raise ImmediateHttpResponse(HttpResponseRedirect(reverse("socialaccount_login_error")))
