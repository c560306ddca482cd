"""The terms of service and the privacy notice."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import LegalText


@require_safe
def current(request: HttpRequest) -> HttpResponse:
    """Show the versions in effect."""
    texts = [text for kind in LegalText.Kind.values if (text := LegalText.objects.current(kind))]
    earlier = LegalText.objects.in_force().exclude(pk__in=[text.pk for text in texts])
    return render(request, "accounts/legal.html", {"texts": texts, "earlier": earlier})


@require_safe
def version(request: HttpRequest, kind: str, version: str) -> HttpResponse:
    """Show one version, so that people can read what they accepted."""
    if kind not in LegalText.Kind.values:
        raise Http404
    text = get_object_or_404(LegalText.objects.in_force(), kind=kind, version=version)
    return render(request, "accounts/legal.html", {"texts": [text], "single": text})
