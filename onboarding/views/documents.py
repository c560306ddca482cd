"""Documents to print and to keep: never pages of this site."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from onboarding import request_pdf
from onboarding.models import ProductionRequest
from onboarding.views.lookup import visible_request


@never_cache
@login_required
@require_safe
def printed(request: HttpRequest, request_id: int) -> HttpResponse:
    """Return answers, criteria and scorecards of a request to the team, to print."""
    return pdf_of(visible_request(request, request_id))


def pdf_of(found: ProductionRequest) -> HttpResponse:
    """Return answers, criteria and scorecards of a request."""
    return pdf(request_pdf.of(found), f"production-request-{found.pk}.pdf")


def pdf(content: bytes, name: str, *, content_type: str = "application/pdf") -> HttpResponse:
    """Return a PDF as a download."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
