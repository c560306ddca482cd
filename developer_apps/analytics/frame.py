"""Who sees an app's traffic: its team, and staff, who open the same pages from the admin."""

from django.contrib import admin
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from developer_apps.lookup import signed_in, visible_app
from developer_apps.models import App


def is_staff(request: HttpRequest) -> bool:
    """Return whether the person can view every app in the admin."""
    return admin.site.has_permission(request) and request.user.has_perm("developer_apps.view_app")


def app_of(request: HttpRequest, app_id: int) -> App:
    """Return an app of the person's teams; to staff who may look at apps in the admin, any."""
    if is_staff(request):
        return get_object_or_404(App.objects.select_related("team"), pk=app_id)
    return visible_app(request, app_id)


def frame(app: App, request: HttpRequest) -> dict[str, object]:
    """Return whether the person is in the app's team, and the address of the app's page: in the admin for staff."""
    is_team = App.objects.visible_to(signed_in(request)).filter(pk=app.pk).exists()
    name = "developer_apps:app" if is_team else "admin:developer_apps_app_change"
    return {"is_team": is_team, "app_url": reverse(name, args=[app.pk])}
