"""Pages that only a demo or a developer's machine serves."""

from django.urls import path

from myusa.demo import callback, outbox

app_name = "demo"

urlpatterns = [
    path("dev/outbox/", outbox.show, name="outbox"),
    path("dev/callback", callback.show, name="callback"),
]
