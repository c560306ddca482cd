"""Try an operation of the API reference from a page, with the sandbox keys of one's own app."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts import repeats
from developer_apps.docs import reference
from developer_apps.lookup import signed_in
from developer_apps.models import App
from developer_apps.portal import try_it
from developer_apps.portal.forms.try_it import TryForm
from myusa.lib.steps import InvalidTransition


@login_required
@never_cache
@repeats.once
def try_operation(request: HttpRequest, operation: str) -> HttpResponse:
    """Show the form of an operation and the result of the last try; a POST sends it."""
    found = reference.operation(operation)
    if found is None or not found.can_try:
        raise Http404
    apps = App.objects.visible_to(signed_in(request)).select_related("team").order_by("name", "pk")
    chosen = request.GET.get("app", "")
    app = get_object_or_404(apps, pk=chosen) if chosen.isdecimal() else apps.first()
    context = {"operation": found, "apps": apps, "app": app}
    if app is None:
        return render(request, "developer_apps/portal/try_it.html", context)
    if request.method == "POST":
        form = TryForm(request.POST, operation=found, app=app)
        if form.is_valid():
            _send(request, app, form)
            address = f"{reverse('developer_apps:try', args=[operation])}?app={app.pk}#result"
            return repeats.done(request, redirect(address))
        return render(request, "developer_apps/portal/try_it.html", {**context, "form": form}, status=400)
    result, values = try_it.take(request, app, found)
    form = TryForm(initial=values or try_it.initial_values(found), operation=found, app=app)
    return render(request, "developer_apps/portal/try_it.html", {**context, "form": form, "result": result})


def _send(request: HttpRequest, app: App, form: TryForm) -> None:
    try:
        if not try_it.send(request, app, form, by=signed_in(request)):
            messages.error(request, _("This app’s sandbox keys don’t work. See its overview for the reason."))
    except InvalidTransition as refusal:  # the team has all the test users it may have
        messages.error(request, str(refusal))
