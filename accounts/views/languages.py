"""Choosing the language of the site."""

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import destinations, languages
from myusa.lib.languages import several


class LanguageForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a language."), "invalid_choice": _("Choose a language.")},
    )

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["language"].choices = settings.LANGUAGES  # type: ignore[attr-defined]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Ask for the language, keep it, and go back to `next`."""
    if not several():
        raise Http404
    next_path = request.POST.get("next") or request.GET.get("next") or ""
    if not destinations.is_path(next_path) or next_path.startswith(reverse("accounts:sign_out")):
        next_path = "/"
    form = LanguageForm(request.POST or None, initial={"language": get_language()})
    if request.method == "POST" and form.is_valid():
        return languages.choose(request, HttpResponseRedirect(next_path), form.cleaned_data["language"])
    context = {"form": form, "next": next_path}
    return render(request, "accounts/language.html", context, status=400 if form.is_bound else 200)
