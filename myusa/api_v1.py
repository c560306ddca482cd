"""Version 1 of the API, collected from the apps. A version 2 is a module beside this one, not a change of it."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from myusa.lib import errors


@csrf_exempt
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer every other address under the API in its error format, not with a page."""
    return errors.errors_response(errors.NOT_FOUND)


urlpatterns = [
    path("", include("developer_apps.api.v1.urls")),
    path("", include("profiles.api.v1.urls")),
    path("", include("tasks.api.v1.urls")),
    path("", include("notifications.api.v1.urls")),
    path("<path:rest>", unknown),
]
