"""The first page of the portal."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from developer_apps.lookup import signed_in
from developer_apps.models import App, Invitation, Product


def home(request: HttpRequest) -> HttpResponse:
    """What developers find here; signed in, their apps, teams and invitations."""
    context: dict[str, Any] = {"products": Product.objects.listed()}
    if request.user.is_authenticated:
        user = signed_in(request)
        context |= {
            "apps": App.objects.visible_to(user).with_user_count().select_related("team").order_by("name", "pk"),
            "teams": user.memberships.select_related("team").order_by("-team__is_personal", "team__name"),
            "invitations": [
                each for each in Invitation.objects.filter(email=user.email, accepted_at=None) if each.is_open
            ],
        }
    return render(request, "developer_apps/portal/home.html", context)
