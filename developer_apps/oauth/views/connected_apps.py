"""The apps that a person connected: what each can have, and how the person ends it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import repeats
from developer_apps.lookup import signed_in
from developer_apps.models import App
from developer_apps.oauth import connections
from developer_apps.oauth.connections import Connection


@login_required
def authorizations(request: HttpRequest) -> HttpResponse:
    """Connected apps, and links to those that the person builds."""
    user = signed_in(request)
    context = {
        "connections": connections.of(user),
        "apps": App.objects.visible_to(user).order_by("name", "pk"),
    }
    return render(request, "developer_apps/oauth/authorizations.html", context)


@login_required
def connection(request: HttpRequest, authorization_id: int) -> HttpResponse:
    """Change what a connected app may have. What is unticked ends with the app's next call."""
    found = _connection(request, authorization_id)
    ticked, shown = None, found.authorization.scope_list
    if request.method == "POST":
        ticked = set(request.POST.getlist("scopes"))
        shown = request.POST.get("shown", found.authorization.scopes).split()
        if ticked <= found.offered:
            found.authorization.change_scopes(ticked, shown=shown, by=signed_in(request))
            messages.success(
                request,
                _("Saved. %(app)s can see only what you checked.") % {"app": found.authorization.app},
            )
            return redirect("developer_apps:authorizations")
        messages.error(request, _("This app doesn’t ask for one of these items, so nothing changed."))
    context = {
        "connection": found,
        "groups": found.choices(ticked),
        "shown": " ".join(shown),
        "app": found.authorization.app,
    }
    return render(request, "developer_apps/oauth/connection.html", context, status=200 if ticked is None else 400)


@login_required
@repeats.once
def disconnect(request: HttpRequest, authorization_id: int) -> HttpResponse:
    """End an app's access at once, after a question."""
    found = _connection(request, authorization_id)
    app = found.authorization.app
    if request.method == "POST":
        found.authorization.disconnect(by=signed_in(request))
        messages.success(request, _("%(app)s is disconnected. It can no longer use your data.") % {"app": app})
        return repeats.done(request, redirect("developer_apps:authorizations"))
    return render(request, "developer_apps/oauth/disconnect.html", {"connection": found, "app": app})


def _connection(request: HttpRequest, authorization_id: int) -> Connection:
    for each in connections.of(signed_in(request)):
        if each.authorization.pk == authorization_id:
            return each
    raise Http404
