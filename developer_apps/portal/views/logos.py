"""An app's logo: uploaded and removed by its team, and served to everyone who sees the app."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import repeats
from accounts.models.allowances import UsedUp
from developer_apps.lookup import managed_app, signed_in
from developer_apps.models import App, Logo, changes, logos
from developer_apps.portal.forms.logos import LogoForm

SECONDS_KEPT = 365 * 24 * 3600


@login_required
@repeats.once
def edit(request: HttpRequest, app_id: int) -> HttpResponse:
    """Upload the picture next to the app's name, or remove it. The button to remove names the picture it was next to."""
    found = managed_app(request, app_id)
    shown = changes.proposed(found).logo
    if request.POST.get("remove"):
        if request.POST["remove"] == shown:
            return _save(request, found, "")
        messages.error(request, _("The logo changed after you opened the page. Nothing was removed."))
        return redirect("developer_apps:logo", found.pk)
    form = LogoForm(request.POST, request.FILES) if request.method == "POST" else LogoForm()
    status = 400 if form.is_bound else 200
    if form.is_valid():
        try:
            return _save(request, found, Logo.objects.keep(form.cleaned_data["file"], by=signed_in(request)).digest)
        except ValidationError as error:
            form.add_error("file", error)
        except UsedUp as refusal:
            form.add_error(None, str(refusal))
            status = 429
    context = {"app": found, "form": form, "shown": shown, "shown_url": logos.address(shown)}
    return render(request, "developer_apps/portal/apps/logo.html", context, status=status)


@require_safe
def serve(request: HttpRequest, digest: str) -> HttpResponse:
    """Send a picture. Its address names its bytes, so browsers never ask for it again."""
    logo = get_object_or_404(Logo, pk=digest)
    headers = {
        "Cache-Control": f"public, max-age={SECONDS_KEPT}, immutable",
        # Pages of other sites cannot use us to store their pictures.
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(bytes(logo.content), content_type="image/webp", headers=headers)


def _save(request: HttpRequest, app: App, logo: str) -> HttpResponse:
    waiting = changes.edit(app, {"logo": logo}, by=signed_in(request))
    done = _("The logo is saved.") if logo else _("The logo is removed.")
    messages.success(request, str(changes.WAITING_WORDS) if waiting else done)
    return repeats.done(request, redirect("developer_apps:settings", app.pk))
