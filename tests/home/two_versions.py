"""The URL map with a second version of the API: a module of its own next to the first one, which stays as it is."""

from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response

from myusa.urls import handler400, handler403, handler404, handler500
from myusa.urls import urlpatterns as current
from profiles.api.v1.views import ProfileView

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class SecondProfileView(ProfileView):
    """What changes in the second version: the profile is wrapped."""

    def get(self, request: Request) -> Response:
        return Response({"profile": super().get(request).data})


urlpatterns = [path("api/v2/", include([path("profile", SecondProfileView.as_view())])), *current]
