"""Which emails about their apps a person gets: the page of all choices, and the link in an email."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from developer_apps.lookup import signed_in
from developer_apps.models import EmailChoice
from developer_apps.models.email_choices import EmailLink
from developer_apps.portal.forms.email_choices import EmailChoicesForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Show all choices, and which emails always go out. A POST saves what the person changed on the page they saw."""
    user = signed_in(request)
    form = EmailChoicesForm(request.POST if request.method == "POST" else None, initial=EmailChoice.objects.of(user))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            for kind in form.changed_data:
                EmailChoice.objects.turn(user, kind, on=form.cleaned_data[kind], by=user)
        messages.success(request, _("Your choices are saved."))
        return redirect("developer_apps:emails")
    status = 400 if request.method == "POST" else 200
    return render(request, "developer_apps/portal/emails/choose.html", {"form": form}, status=status)


@csrf_exempt  # mail programs post here without a page or a cookie; the signed link is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, signed: str) -> HttpResponse:
    """Ask on GET, because mail scanners follow links; on POST switch the emails off (RFC 8058).

    Anyone who has a forwarded email has the link, so it never switches emails on: the page of all choices does.
    """
    link = EmailLink.of(signed)
    user = link.user if link else None
    if link is None or user is None:
        raise Http404
    if request.method == "POST":
        EmailChoice.objects.turn(user, link.kind.name, on=False)
    context = {"kind": link.kind, "is_on": EmailChoice.objects.of(user)[link.kind.name]}
    return render(request, "developer_apps/portal/emails/stop.html", context)
