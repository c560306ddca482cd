"""Django admin behind the site's own sign-in: only staff with a second factor."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.views.main import ERROR_FLAG
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts import guards, repeats, unsaved_forms
from myusa.lib.admin import desk
from myusa.lib.database.counting import CappedPaginator

MAX_SEARCH = 200
DISCARD = "discard_unsaved_form"


class MyUSAAdminSite(AdminSite):
    site_header = _("MyUSA administration")
    site_title = _("MyUSA administration")
    # Lists need the width; the work page, the search and the path of each page lead everywhere.
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register as Django does. No list counts its whole table, also those of other packages."""
        super().register(model_or_iterable, admin_class, **options)
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        for model in models:
            if model_admin := self._registry.get(model):
                model_admin.paginator = CappedPaginator  # type: ignore[misc]
                model_admin.show_full_result_count = False  # type: ignore[misc]

    def has_permission(self, request: HttpRequest) -> bool:
        """Let staff in whose session has passed a second factor."""
        user = request.user
        return bool(user.is_active and user.is_staff and guards.passed_second_factor(request))

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Guard a view as Django does. A form that is sent twice takes its step once, and outlives the session."""
        guarded = super().admin_view(
            self._with_unsaved_form(repeats.steps_once(_without_impossible_days(view))), cacheable
        )
        return unsaved_forms.survives_sign_in(guarded)

    def _with_unsaved_form(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Show what was typed before the session ended in place of a page, until it is sent or discarded."""

        @functools.wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST" and DISCARD in request.POST:
                return redirect("admin:index")  # `survives_sign_in` forgets what was kept
            kept = unsaved_forms.data(request) if request.method == "GET" else None
            if kept is None:
                return view(request, *args, **kwargs)  # type: ignore[no-any-return]
            fields = [(name, value) for name, values in kept.lists() for value in values]
            context = {
                **self.each_context(request),
                "title": _("Not saved yet"),
                "fields": fields,
                "texts": [value for _name, value in fields if " " in value.strip()],
                "discard": DISCARD,
            }
            return TemplateResponse(request, "admin/unsaved.html", context)

        return shown

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to the site's own sign-in, staff to their second factor; to others there is nothing here."""
        back = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        if not request.user.is_authenticated:
            return HttpResponseRedirect(f"{reverse('accounts:sign_in')}?{urlencode({'next': back})}")
        if not request.user.is_staff:
            raise Http404
        if self.has_permission(request):
            return redirect("admin:index")
        return guards.ask_for_second_factor(request, back)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        return redirect("accounts:sign_out")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """Show what is waiting for staff first, then the models."""
        work = {"title": _("Work"), "queues": desk.queues(request), "today": desk.today(request)}
        return super().index(request, {**work, **(extra_context or {})})

    def search(self, request: HttpRequest) -> HttpResponse:
        """Find what a caller reads out (`q`): an address, a number, an ID, a name."""
        words = request.GET.get("q", "").replace("\x00", "").strip()[:MAX_SEARCH]
        found = desk.find(request, words) if words else {}
        context = {**self.each_context(request), "title": _("Search"), "words": words, "found": found}
        return TemplateResponse(request, "admin/search.html", context)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return the admin's URLs without those for passwords, which no one has here, and with the search."""
        urls = [url for url in super().get_urls() if not (getattr(url, "name", "") or "").startswith("password_change")]
        return [path("search", self.admin_view(self.search), name="search"), *urls]


def _without_impossible_days(view: Callable[..., Any]) -> Callable[..., Any]:
    """Show the whole list where an address names a year that no day has, as Django does for other such filters."""

    @functools.wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return view(request, *args, **kwargs)
        except OverflowError:
            if request.method != "GET" or ERROR_FLAG in request.GET:
                raise
            return redirect(f"{request.path}?{ERROR_FLAG}=1")

    return shown
