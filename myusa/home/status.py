"""A public page that says in words what `/readyz` says to machines."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from myusa.operations import health

_NAMES = {
    "database": _("Accounts, profiles and apps"),
    "migrations": _("Version of the data"),
    "redis": _("Limits and wake-ups"),
    "broker": _("Jobs in the background"),
}


@require_safe
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    parts = [(_NAMES[name], state == health.OK) for name, state in health.parts().items()]
    all_well = all(well for _name, well in parts)
    return render(request, "home/status.html", {"parts": parts, "all_well": all_well})
