"""The public status page, the same as JSON, and the feed of incidents. They show no one's data and can be cached."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.models import User
from myusa.operations import service_status

IN_FEED = 50


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show every service now and in the last 90 days. The page of someone who is signed in has their name in its header."""
    found = service_status.report()
    context = {"report": found, "days": service_status.DAYS}
    response = render(request, "home/status.html", context)
    if isinstance(request.user, User):
        patch_cache_control(response, private=True, max_age=0)
    else:
        patch_cache_control(response, public=True, max_age=service_status.CACHED_SECONDS)
    return response


@require_safe
@cache_control(public=True, max_age=service_status.CACHED_SECONDS)
def as_json(request: HttpRequest) -> JsonResponse:
    return JsonResponse(service_status.report().as_json(), headers={"Access-Control-Allow-Origin": "*"})


@require_safe
@cache_control(public=True, max_age=service_status.CACHED_SECONDS)
def feed(request: HttpRequest) -> HttpResponse:
    """Incidents as Atom (RFC 4287): one entry for each, with its updates."""
    page = request.build_absolute_uri(reverse("home:status"))
    atom = Atom1Feed(
        title=_("MyUSA status"), link=page, description=_("Incidents"), feed_url=request.build_absolute_uri()
    )
    for each in service_status.report().incidents[:IN_FEED]:
        newest = each.updates[0][0] if each.updates else each.started_at
        atom.add_item(
            title=f"{each.label}: {each.title}",
            link=f"{page}#incident-{each.id}",
            description="\n".join(f"{at:%Y-%m-%d %H:%M} UTC: {text}" for at, text in each.updates) or each.title,
            pubdate=each.started_at,
            updateddate=max(newest, each.ended_at or newest),
        )
    return HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
