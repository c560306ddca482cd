"""The URL map: pages of each app, the versioned APIs, OAuth's endpoints, the admin."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path, re_path

from myusa.home import errors
from myusa.operations import health

urlpatterns = [
    # The busiest paths come first: a resolver tries one after the other.
    path("api/v1/", include("myusa.api_v1")),
    path("api/", include("myusa.api_v1")),  # published clients leave the version out and mean the first
    path("", include("developer_apps.oauth.urls")),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("", include("myusa.home.urls")),
    path("", include("developer_apps.urls")),
    path("", include("onboarding.urls")),
    path("", include("accounts.urls")),
    path("", include("accounts.allauth_urls")),
    path("", include("profiles.urls")),
    path("", include("tasks.urls")),
    path("", include("notifications.urls")),
    path("admin/", admin.site.urls),
    *([path("", include("myusa.demo.urls"))] if apps.is_installed("myusa.demo") else []),
    re_path("", errors.unknown_address),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
