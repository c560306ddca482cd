"""The officer's page behind the emailed link, sending the link again, and the signed document."""

from collections.abc import Callable
from datetime import timedelta

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import repeats, unsaved_forms
from accounts.guards import person
from accounts.sessions import TRACE_SECONDS
from accounts.unsaved_forms import survives_sign_in, survives_sign_in_elsewhere
from myusa.lib.http import csp
from myusa.lib.steps import InvalidTransition
from onboarding import affidavit_pdf, questions
from onboarding.forms.steps import DeclineForm, OfficerForm, ReferForm, SigningForm
from onboarding.models import Affidavit, Signature
from onboarding.steps import affidavit as steps
from onboarding.views.documents import pdf
from onboarding.views.lookup import take, visible_request
from onboarding.views.requests import show_again


@never_cache
@survives_sign_in_elsewhere
def sign(request: HttpRequest, token: str) -> HttpResponse:
    """Let the named officer read and sign. Opening the page changes nothing: mail scanners open links."""
    affidavit = Affidavit.objects.by_link(token)
    if affidavit is None or not affidavit.is_open:
        return _repeat(request, affidavit) or _link_ended(request, affidavit)
    form = SigningForm(unsaved_forms.data(request), affidavit=affidavit)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            signature = steps.sign(
                affidavit,
                name=facts["name"],
                title=facts["title"],
                date=facts["date"],
                checked=facts["statements"],
                address=get_adapter().get_client_ip(request),
                by=request.user,
            )
        except InvalidTransition as refusal:
            if repeat := _repeat(request, Affidavit.objects.by_link(token)):
                return repeat
            form.add_error(None, str(refusal))
        else:
            return render(request, "onboarding/signed.html", {"signature": signature, "affidavit": affidavit})
    context = {"affidavit": affidavit, "text": affidavit.text, "app": affidavit.request.app, "form": form}
    context["answers"] = questions.answered(affidavit.request.answers)
    return render(request, "onboarding/sign.html", context, status=400 if request.method == "POST" else 200)


@survives_sign_in
@login_required
@repeats.once
def resend(request: HttpRequest, request_id: int) -> HttpResponse:
    """Send a new link to the same officer or another one. By GET it leads to the page of the form."""
    found = visible_request(request, request_id)
    if request.method != "POST":
        return redirect(found)
    form = OfficerForm(request.POST)
    if not form.is_valid():
        return show_again(request, found, "resend_affidavit", officer_form=form)

    def send() -> None:
        steps.resend(found, by=person(request), **form.cleaned_data)

    return take(request, found, send, _("We’re emailing the officer a new link. Older links no longer work."))


@never_cache
@survives_sign_in_elsewhere
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """Let the officer decline, with or without a reason."""
    return _reply(request, token, Affidavit.Reply.DECLINED, DeclineForm, steps.decline, "onboarding/decline.html")


@never_cache
@survives_sign_in_elsewhere
def refer(request: HttpRequest, token: str) -> HttpResponse:
    """Let the officer name someone else. The team decides whether to email that person."""
    return _reply(request, token, Affidavit.Reply.REFERRED, ReferForm, steps.refer, "onboarding/refer.html")


def _reply(
    request: HttpRequest,
    token: str,
    reply: Affidavit.Reply,
    form_class: type[Form],
    step: Callable[..., None],
    template: str,
) -> HttpResponse:
    affidavit = Affidavit.objects.by_link(token)
    if affidavit is None or not affidavit.is_open:
        return _repeat(request, affidavit, reply) or _link_ended(request, affidavit)
    form = form_class(unsaved_forms.data(request))
    if request.method == "POST" and form.is_valid():
        try:
            step(affidavit, **form.cleaned_data)
        except InvalidTransition as refusal:
            if repeat := _repeat(request, Affidavit.objects.by_link(token), reply):
                return repeat
            form.add_error(None, str(refusal))
        else:
            return render(request, "onboarding/replied.html", {"affidavit": affidavit})
    context = {"affidavit": affidavit, "app": affidavit.request.app, "form": form}
    return render(request, template, context, status=400 if request.method == "POST" else 200)


@never_cache
@require_safe
def officer_copy(request: HttpRequest, token: str) -> HttpResponse:
    """Return the signed document to the officer by a link that can do nothing else."""
    signature = Signature.objects.by_copy_link(token)
    return download(signature) if signature else _link_ended(request, None)


@never_cache
@require_safe
def blank_for_officer(request: HttpRequest, token: str) -> HttpResponse:
    """Return the affidavit to the officer, to print and sign in ink."""
    affidavit = Affidavit.objects.by_link(token)
    if affidavit is None or not affidavit.is_open:
        return _link_ended(request, affidavit)
    return pdf(affidavit_pdf.blank(affidavit), f"affidavit-{affidavit.number}.pdf")


@login_required
@require_safe
def blank(request: HttpRequest, request_id: int) -> HttpResponse:
    """Return the affidavit that waits for a signature to the team, to print."""
    found = visible_request(request, request_id)
    affidavit = Affidavit.objects.latest_of(found)
    if affidavit is None or not affidavit.is_open:
        messages.error(request, _("No affidavit is waiting for a signature."))
        return redirect(found)
    return pdf(affidavit_pdf.blank(affidavit), f"affidavit-{affidavit.number}.pdf")


@login_required
@require_safe
def document(request: HttpRequest, request_id: int, signature_id: int) -> HttpResponse:
    """Return the signed affidavit to the team as a download."""
    found = visible_request(request, request_id)
    return download(get_object_or_404(Signature, pk=signature_id, affidavit__request=found))


def download(signature: Signature) -> HttpResponse:
    """Return the document as an attachment, never as a page of this site.

    Phones open a PDF by its type. What someone uploaded keeps the type of unknown bytes.
    """
    content_type = "application/octet-stream" if signature.came_by_email else "application/pdf"
    if (document := signature.document()) is None:
        words = _("This document can’t be read now. Try again later, or ask MyUSA support for a copy.")
        return HttpResponse(words, content_type="text/plain; charset=utf-8", status=503)
    return pdf(document, _name(signature), content_type=content_type)


def shown_inline(signature: Signature) -> HttpResponse:
    """Return the document for the browser's PDF viewer, on a page of this site.

    A copy that came by email was accepted as a PDF (`onboarding.uploads`), and no browser takes it for anything else.
    """
    if (document := signature.document()) is None:
        return csp.show_within_own_pages(download(signature))
    response = pdf(document, _name(signature))
    response["Content-Disposition"] = f'inline; filename="{_name(signature)}"'
    return csp.show_within_own_pages(response)


def _name(signature: Signature) -> str:
    return f"affidavit-{signature.affidavit.request_id}-{signature.date.isoformat()}.pdf"


def _repeat(request: HttpRequest, affidavit: Affidavit | None, reply: str = "") -> HttpResponse | None:
    """Return the page to which a form led a moment ago and is sent again: a signature, or a `reply`."""
    is_new = affidavit and affidavit.ended_at and affidavit.ended_at > timezone.now() - timedelta(seconds=TRACE_SECONDS)
    if request.method != "POST" or not affidavit or not is_new or affidavit.reply != reply:
        return None
    if reply:
        return render(request, "onboarding/replied.html", {"affidavit": affidavit})
    signature = getattr(affidavit, "signature", None)
    if signature is None or signature.came_by_email:
        return None
    return render(request, "onboarding/signed.html", {"signature": signature, "affidavit": affidavit})


def _link_ended(request: HttpRequest, affidavit: Affidavit | None) -> HttpResponse:
    """Say that the link has ended. The officer's own link still offers the signed document until it would have expired."""
    signature = getattr(affidavit, "signature", None)
    is_offered = signature and not signature.came_by_email and affidavit and affidavit.expires_at > timezone.now()
    context = {"affidavit": affidavit, "copy_link": signature.copy_link if signature and is_offered else ""}
    return render(request, "onboarding/link_ended.html", context, status=410 if affidavit else 404)
