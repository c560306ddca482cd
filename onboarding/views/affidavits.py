"""The officer's page behind the emailed link, sending the link again, and the signed document."""

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import repeats
from accounts.guards import person
from myusa.lib.steps import InvalidTransition
from onboarding import questions
from onboarding.forms.steps import OfficerForm, SigningForm
from onboarding.models import Affidavit, Signature
from onboarding.steps import affidavit as steps
from onboarding.views.lookup import take, visible_request
from onboarding.views.requests import show_again


@never_cache
def sign(request: HttpRequest, token: str) -> HttpResponse:
    """Let the named officer read and sign. Opening the page changes nothing: mail scanners open links."""
    affidavit = Affidavit.objects.by_link(token)
    if affidavit is None:
        return render(request, "onboarding/link_ended.html", {"affidavit": None}, status=404)
    if not affidavit.is_open:
        return render(request, "onboarding/link_ended.html", {"affidavit": affidavit}, status=410)
    form = SigningForm(request.POST if request.method == "POST" else None, affidavit=affidavit)
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
            )
        except InvalidTransition as refusal:
            form.add_error(None, str(refusal))
        else:
            return render(request, "onboarding/signed.html", {"signature": signature, "affidavit": affidavit})
    context = {"affidavit": affidavit, "text": affidavit.text, "app": affidavit.request.app, "form": form}
    context["answers"] = questions.answered(affidavit.request.answers)
    return render(request, "onboarding/sign.html", context, status=400 if form.is_bound else 200)


@login_required
@require_POST
@repeats.once
def resend(request: HttpRequest, request_id: int) -> HttpResponse:
    """Send a new link to the same officer or another one."""
    found = visible_request(request, request_id)
    form = OfficerForm(request.POST)
    if not form.is_valid():
        return show_again(request, found, "resend_affidavit", officer_form=form)

    def send() -> None:
        steps.resend(found, by=person(request), **form.cleaned_data)

    return take(request, found, send, _("A new link is on its way to the officer. Older links no longer work."))


@login_required
@require_safe
def document(request: HttpRequest, request_id: int, signature_id: int) -> FileResponse:
    """Return the signed affidavit to the team as a download."""
    found = visible_request(request, request_id)
    return download(get_object_or_404(Signature, pk=signature_id, affidavit__request=found))


def download(signature: Signature) -> FileResponse:
    """Return the document as an attachment, never as a page of this site."""
    name = f"affidavit-{signature.affidavit.request_id}-{signature.date.isoformat()}.pdf"
    response = FileResponse(
        signature.file.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
