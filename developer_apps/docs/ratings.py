""" "Was this page helpful?": one form below each page, for everyone, without a script and without storing who responded."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from developer_apps.docs import context
from developer_apps.docs import help as helping
from developer_apps.models import HelpArticle, PageRating
from myusa.lib import limits
from myusa.lib.http.network import client_address, network_of

PER_HOUR = 30
YES, NO, LATER = "yes", "no", "later"


@require_POST
def rate(request: HttpRequest) -> HttpResponse:
    """Count `helpful` (yes or no) for `page`, and return there. More than PER_HOUR of one network are not counted."""
    page, helpful = request.POST.get("page", ""), request.POST.get("helpful")
    if helpful not in (YES, NO) or page not in pages():
        raise Http404
    network = network_of(client_address(request))
    if limits.hit(f"page-ratings:{network}", PER_HOUR, 3600).allowed:
        PageRating.objects.add(page, is_helpful=helpful == YES)
    else:
        helpful = LATER
    return redirect(f"{page}?rated={helpful}#helpful")


def pages() -> set[str]:
    """Return the paths of all pages that can be rated."""
    docs = reverse("developer_apps:docs")
    written = HelpArticle.objects.published().articles()
    return {
        *(docs + path for path in context.paths()),
        reverse("developer_apps:faq"),
        reverse("developer_apps:changelog"),
        *(helping.url_of(each) for each in written),
    }
