"""allauth's pages of the second factor, with this site's forms, rules and way back."""

from http import HTTPStatus
from typing import Any

from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.recovery_codes.views import DownloadRecoveryCodesView, GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import contributions, destinations, passkeys, repeats, second_factor
from accounts.forms.second_factor import SavedCodesForm, SecondFactorForm, SetUpAppForm
from accounts.guards import fresh_sign_in_required, person
from accounts.models import AccountRecovery
from accounts.passkeys import Purpose
from accounts.refusals import PasskeyRefused, PasskeyTwice
from accounts.views.passkeys import frame, new_codes_path, refused
from accounts.views.sign_in import entrance
from myusa.lib.typed_text import letters_and_digits

_guarded: Any = [never_cache, fresh_sign_in_required]
_guarded_and_taken_once: Any = [never_cache, repeats.once, fresh_sign_in_required]


@method_decorator([sensitive_post_parameters("code", "credential"), repeats.once], name="dispatch")  # type: ignore[list-item]
class SecondFactor(AuthenticateView):
    """The second step of signing in."""

    template_name = "mfa/authenticate.html"

    auth_form: SecondFactorForm | None
    passkey_error = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        repeat = repeats.result(request, "second_factor", _entered(request)) if request.method == "POST" else None
        if repeat is None and request.user.is_authenticated:  # in another tab
            return redirect(destinations.requested(request) or "/")
        return repeat or super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Another tab may have entered the emailed code, on its way to another app.
        self.stage.login.redirect_url = destinations.requested(request) or self.stage.login.redirect_url
        signed, before = request.POST.get("credential", ""), request.session.session_key
        if not signed:
            return super().post(request, *args, **kwargs)
        try:
            passkey = passkeys.verify(request, Purpose.SECOND_STEP, signed, user=self.stage.login.user)
        except PasskeyTwice as refusal:
            if repeat := repeats.await_result(request, "second_factor", signed):
                return repeat
            self.passkey_error = refused(request, refusal)
        except PasskeyRefused as refusal:
            self.passkey_error = refused(request, refusal)
        else:
            second_factor.passed_by_passkey(request, passkey)
            response = repeats.done(request, self.stage.exit())
            return repeats.note(request, "second_factor", signed, response, before=before)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.stage.login.user
        if self.auth_form is None:  # what was posted had no code
            self.auth_form, self.webauthn_form = SecondFactorForm(user=user), None
        offered = frame(Purpose.SECOND_STEP, self.passkey_error) if passkeys.of(user).exists() else None
        return {**super().get_context_data(**kwargs), "passkey": offered, "has_app": second_factor.has_app(user)}

    def form_valid(self, form: SecondFactorForm) -> HttpResponse:
        before = self.request.session.session_key
        response: HttpResponse = super().form_valid(form)
        AccountRecovery.objects.cancel_for(form.user)  # it is not lost
        response = repeats.done(self.request, response)
        return repeats.note(self.request, "second_factor", form.cleaned_data["code"], response, before=before)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # The pages of the way in tell which app sent the person, and read that from `next`.
        leads_to = self.stage.login.redirect_url
        if leads_to and "next" not in request.GET:
            return HttpResponseRedirect(f"{request.path}?{urlencode({'next': leads_to})}")
        return super().get(request, *args, **kwargs)

    def get_form_class(self) -> type[SecondFactorForm]:
        return SecondFactorForm

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        return entrance(self.request, self.template_name, context)


@method_decorator(_guarded_and_taken_once, name="dispatch")
class SetUpApp(ActivateTOTPView):
    template_name = "mfa/totp/activate_form.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if second_factor.has_app(person(request)):
            repeat = repeats.result(request, "set_up_app", _entered(request)) if request.method == "POST" else None
            return repeat or redirect("accounts:security")
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self) -> type[SetUpAppForm]:
        return SetUpAppForm

    def form_valid(self, form: SetUpAppForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        code = form.cleaned_data["code"]
        second_factor.added(self.request, person(self.request), code=code)
        return repeats.done(self.request, repeats.note(self.request, "set_up_app", code, response))

    def get_success_url(self) -> str:
        return new_codes_path(self.request)


@method_decorator(_guarded_and_taken_once, name="dispatch")
class RemoveApp(DeactivateTOTPView):
    template_name = "mfa/totp/deactivate_form.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not second_factor.has_app(person(request)):
            return redirect("accounts:security")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = person(self.request)
        more = {"has_passkeys": passkeys.of(user).exists(), "reasons": contributions.second_factor_reasons(user)}
        return {**super().get_context_data(**kwargs), **more}

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        second_factor.removed(self.request, person(self.request))
        return repeats.done(self.request, response)


@method_decorator(_guarded, name="dispatch")
class RecoveryCodes(ViewRecoveryCodesView):
    """The codes. With `next`, as after they were created, the person says that they saved them before they continue."""

    template_name = "mfa/recovery_codes/index.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = SavedCodesForm(request.POST)
        if form.is_valid():
            return redirect(destinations.requested(request) or "accounts:security")
        return self.render_to_response(self.get_context_data(form=form), status=HTTPStatus.BAD_REQUEST)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {**super().get_context_data(**kwargs), "next": destinations.requested(self.request)}
        if context["next"] and context["unused_codes"]:
            context.setdefault("form", SavedCodesForm())
        return context


@method_decorator(_guarded, name="dispatch")
class NewRecoveryCodes(GenerateRecoveryCodesView):
    template_name = "mfa/recovery_codes/generate.html"

    def form_valid(self, form: Any) -> HttpResponse:
        if repeat := repeats.result(self.request, "new_recovery_codes", ""):
            return repeat
        response: HttpResponse = super().form_valid(form)
        second_factor.codes_replaced(self.request, person(self.request))
        return repeats.note(self.request, "new_recovery_codes", "", response)

    def get_success_url(self) -> str:
        return new_codes_path(self.request)


@method_decorator(_guarded, name="dispatch")
class RecoveryCodesFile(DownloadRecoveryCodesView):
    template_name = "mfa/recovery_codes/download.txt"


def _entered(request: HttpRequest) -> str:
    """Return what was posted: a passkey's response, or the code as the form cleans it."""
    if signed := request.POST.get("credential", ""):
        return signed
    return letters_and_digits(request.POST.get("code", "")[:200])
