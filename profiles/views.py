"""The pages on which people edit their profile."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import unsaved_forms
from accounts.guards import person
from accounts.unsaved_forms import survives_sign_in
from profiles.forms import AdditionalForm, PersonalForm, ProfileForm
from profiles.models import Profile


@survives_sign_in
@login_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def personal(request: HttpRequest) -> HttpResponse:
    """Name, address and phone."""
    return _edit(request, "personal", PersonalForm)


@survives_sign_in
@login_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def additional(request: HttpRequest) -> HttpResponse:
    """What some services ask in addition: gender, family, work."""
    return _edit(request, "additional", AdditionalForm)


def _edit(request: HttpRequest, page: str, form_class: type[ProfileForm]) -> HttpResponse:
    profile = Profile.objects.of(person(request))
    form = form_class(unsaved_forms.data(request), profile=profile)
    if request.method == "POST" and profile.is_unreadable:
        messages.error(request, _("Your changes weren’t saved."))
    elif request.method == "POST" and form.is_valid():
        changed = form.save(by=person(request))
        messages.success(request, _("Your profile is saved.") if changed else _("Nothing changed."))
        return redirect(f"profiles:{page}")
    context = {"form": form, "profile": profile, "here": page}
    return render(request, f"profiles/{page}.html", context)
