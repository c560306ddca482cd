"""The notification settings: channels per app, announcements, the mobile number, refused addresses."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import known_browsers, repeats
from accounts.forms.sign_in import CodeForm
from accounts.models import Phone
from accounts.models.phones import normalize_number, textable_number
from accounts.refusals import CodeJustSent, CodeRefused
from developer_apps.models import Authorization
from myusa.lib import history, phone_numbers
from myusa.lib.http.network import client_address
from notifications.contribution import SCOPE
from notifications.forms import ChannelsForm, NumberForm, name_of
from notifications.models import Preference, RefusedAddress
from notifications.unsubscribe import Subscription


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Show all choices on one page. A POST saves what the person changed on the page they saw."""
    user: Any = request.user
    phone = Phone.objects.filter(user=user).first()
    authorizations = _connected(user)
    rows = [_row(authorization, phone is not None) for authorization in authorizations]
    announcements = Subscription.to_announcements(user).is_on
    stored = {row["email_name"]: row["by_email"] for row in rows} | {row["sms_name"]: row["by_sms"] for row in rows}
    form = ChannelsForm(
        request.POST if request.method == "POST" else None,
        authorizations=authorizations,
        initial={**stored, "announcements": announcements},
        has_number=phone is not None,
    )
    if request.method == "POST" and form.is_valid():
        _save(form, user)
        messages.success(request, _("Your choices are saved."))
        return redirect("notifications:settings")
    context = {
        "form": form,
        "rows": rows,
        "announcements": announcements,
        "phone": phone,
        "pending_number": phone_numbers.in_words(pending) if (pending := Phone.objects.pending(user)) else "",
        "refused_address": RefusedAddress.objects.of(user),
    }
    return render(request, "notifications/settings.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def number(request: HttpRequest) -> HttpResponse:
    """Ask for a mobile number and text a code to it. An earlier number stays until the code is entered."""
    user: Any = request.user
    form = NumberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            to = textable_number(form.cleaned_data["number"])
            own = known_browsers.allowance(request, to)
            Phone.objects.start_verification(user, to, client_address(request), allowance=own)
            return redirect("notifications:code")
        except ValidationError as error:
            form.add_error("number", error)
        except CodeJustSent as refusal:
            if Phone.objects.pending(user) == normalize_number(form.cleaned_data["number"]):
                return redirect("notifications:code")
            form.add_error("number", str(refusal.message))
        except CodeRefused as refusal:
            form.add_error("number", str(refusal.message))
    return render(
        request, "notifications/number.html", {"form": form, "phone": Phone.objects.filter(user=user).first()}
    )


@login_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@repeats.once
def code(request: HttpRequest) -> HttpResponse:
    """Check the code that was texted, and store the number."""
    user: Any = request.user
    awaited = Phone.objects.awaited(user)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if awaited is None:
        repeat = repeats.result(request, "phone", form.cleaned_data["code"]) if form.is_valid() else None
        return repeat or redirect("notifications:number")
    if request.method == "POST" and form.is_valid():
        try:
            Phone.objects.redeem(user, form.cleaned_data["code"], client_address(request))
        except CodeRefused as refusal:
            form.add_error("code", str(refusal.message))
        else:
            messages.success(request, _("Your mobile number is verified. Choose which apps can text you."))
            response = repeats.note(request, "phone", form.cleaned_data["code"], redirect("notifications:settings"))
            return repeats.done(request, response)
    return render(request, "notifications/code.html", {"form": form, "awaited": awaited})


@login_required
@require_POST
def remove_number(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    Phone.objects.remove(user)
    messages.success(request, _("Your mobile number is removed. We won’t text you."))
    return redirect("notifications:settings")


@login_required
@require_POST
def try_address_again(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    RefusedAddress.objects.try_again(user)
    messages.success(request, _("We’ll try your email address again with the next notification."))
    return redirect("notifications:settings")


def _connected(user: Any) -> list[Authorization]:
    """Return the person's live authorizations whose apps may send notifications."""
    live = Authorization.objects.live().filter(user=user).select_related("app", "notification_preference")
    return [each for each in live.order_by("app__name", "pk") if SCOPE in each.scope_list]


def _preference(authorization: Authorization) -> Preference:
    return getattr(authorization, "notification_preference", None) or Preference(authorization=authorization)


def _row(authorization: Authorization, has_number: bool) -> dict[str, Any]:
    preference = _preference(authorization)
    return {
        "app": authorization.app,
        "email_name": name_of("email", authorization),
        "sms_name": name_of("sms", authorization),
        "by_email": preference.by_email,
        "by_sms": preference.by_sms and has_number,
    }


@transaction.atomic
def _save(form: ChannelsForm, user: Any) -> None:
    for authorization in form.authorizations:
        before = _preference(authorization)
        was = {"by_email": before.by_email, "by_sms": before.by_sms}
        changed = {
            f"by_{channel}": form.wants(channel, authorization)
            for channel in ("email", "sms")
            if name_of(channel, authorization) in form.changed_data
        }
        if was | changed != was:
            Preference.objects.set_for(authorization, **changed)
            history.record(authorization, "notification_channels_changed", by=user, before=was, after=was | changed)
    announcements, wanted = Subscription.to_announcements(user), form.cleaned_data["announcements"]
    if announcements.is_on != wanted:
        announcements.turn(on=wanted, by=user)
