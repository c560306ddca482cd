"""Support: ask staff, see what they reply, and write again. The portal and the help center have these pages."""

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import repeats, unsaved_forms
from accounts.models.allowances import UsedUp
from accounts.unsaved_forms import survives_sign_in
from developer_apps.lookup import signed_in
from developer_apps.models import SupportRequest
from developer_apps.portal.forms.support import ContactForm, FurtherMessageForm, SupportForm

_PAGE = re.compile(r"/developer/[\w/.-]{0,150}", re.ASCII)
SHOWN = 20  # requests on the page, the last ones


@survives_sign_in
@login_required
@repeats.once
def ask(request: HttpRequest, *, in_help: bool = False) -> HttpResponse:
    """Send a request to support. `app` and `trace` of the address fill in the form, and so does `page`, a path of ours."""
    user = signed_in(request)
    initial = {"app": request.GET.get("app"), "trace": request.GET.get("trace", "")[:40]}
    if not in_help and _PAGE.fullmatch(page := request.GET.get("page", "")):
        initial["subject"] = _("Documentation: %(page)s") % {"page": page}
    form_class = ContactForm if in_help else SupportForm
    form = form_class(unsaved_forms.data(request), user=user, initial=initial)
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        try:
            asked = SupportRequest.objects.ask(
                user, subject=words["subject"], text=words["text"], app=words["app"], trace_id=words["trace"]
            )
        except UsedUp as refusal:
            form.add_error(None, str(refusal))
            status = 429
        else:
            _confirm(request, asked)
            return repeats.done(request, redirect(_page(in_help), asked.pk))
    context = {"form": form, "requests": SupportRequest.objects.of(user)[:SHOWN], "in_help": in_help}
    return render(request, "developer_apps/portal/support/support.html", context, status=status)


@survives_sign_in
@login_required
@repeats.once
def show(request: HttpRequest, number: int, *, in_help: bool = False) -> HttpResponse:
    """One request of the person with all messages, and a form for a further one."""
    asked = get_object_or_404(SupportRequest.objects.of(signed_in(request)), pk=number)
    form = FurtherMessageForm(unsaved_forms.data(request))
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            asked.write(form.cleaned_data["text"])
        except UsedUp as refusal:
            form.add_error(None, str(refusal))
            status = 429
        else:
            _confirm(request, asked)
            return repeats.done(request, redirect(_page(in_help), asked.pk))
    context = {"asked": asked, "form": form, "conversation": asked.messages.all(), "in_help": in_help}
    return render(request, "developer_apps/portal/support/request.html", context, status=status)


def _page(in_help: bool) -> str:
    """Return the route of the page of a request."""
    return "developer_apps:contact_request" if in_help else "developer_apps:support_request"


def _confirm(request: HttpRequest, asked: SupportRequest) -> None:
    text = _("We received your message %(number)s and emailed you a copy.") % {"number": asked.number}
    messages.success(request, text)
