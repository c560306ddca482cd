"""People as staff see them. No password, code or session is stored in readable form, so none is shown."""

import uuid
from datetime import timedelta
from functools import partial
from typing import Any

from allauth.account import admin as _account_admin  # noqa: F401 - these register pages, which are taken back below
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _mfa_admin  # noqa: F401
from allauth.mfa.models import Authenticator
from allauth.socialaccount import admin as _social_admin  # noqa: F401
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import guards, support
from accounts.guards import person
from accounts.models import CodeGuard, Session, User
from accounts.models.recoveries import PERMISSION
from myusa.lib import history
from myusa.lib.admin import desk
from myusa.lib.admin.actions import STAFF_READ_IT, ActionAdmin, AdminAction
from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.widgets import CHECKBOXES

# What allauth registers by itself: seeds, addresses and keys that no one has to edit.
for model in (Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(model)

ROLES = ("is_active", "is_staff", "is_superuser", "groups")


@admin.register(User)
class UserAdmin(ActionAdmin):
    """Look people up, with everything about them that staff may view; each opening of a page is recorded.

    Account support ends sessions and lifts limits. Superusers deactivate people and give staff their roles. People create
    and delete their account themselves.
    """

    form = StaleSafeModelForm
    change_form_template = "accounts/admin/user.html"
    row_actions = (
        AdminAction(
            "end_sessions",
            _("End all sessions"),
            _("The person is signed out in every browser and gets an email."),
            support.end_sessions,
            lambda user: True,
            letters=partial(support.letters, template=support.ENDED),
            done=lambda user: gettext("We signed %(user)s out everywhere.") % {"user": user},
            reason_help=STAFF_READ_IT,
        ),
        AdminAction(
            "lift_limits",
            _("Lift the limits on codes"),
            _("Wrong codes and sent codes no longer count, so the person can sign in now. They get an email."),
            support.lift_limits,
            lambda user: bool(CodeGuard.objects.of_person(user)),
            letters=partial(support.letters, template=support.LIFTED),
            done=lambda user: gettext("We lifted the limits of %(user)s.") % {"user": user},
            reason_help=STAFF_READ_IT,
        ),
    )
    list_display = ("email", "is_active", "has_second_factor", "last_login", "date_joined", "is_staff", "uid")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups", "date_joined")
    search_fields = ("email",)
    search_help_text = _("Email address or MyUSA ID")
    ordering = ("-date_joined",)
    formfield_overrides = CHECKBOXES
    fieldsets = (
        (None, {"fields": ("email", "uid", "date_joined", "last_login", "has_second_factor")}),
        (_("Roles"), {"fields": ROLES}),
    )
    readonly_fields = ("email", "uid", "date_joined", "last_login", "has_second_factor")
    list_per_page = 50

    def may_act(self, request: HttpRequest) -> bool:
        return person(request).has_perm(PERMISSION)

    def obstacle(self, request: HttpRequest, obj: User) -> str:
        return support.obstacle(obj, person(request))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = context.get("original")
        if obj is not None:
            context["panels"] = desk.panels(request, obj)
            if request.method == "GET":
                note_opening(obj, by=person(request))
        return super().render_change_form(request, context, *args, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        factors = guards.second_factors(OuterRef("pk"))
        return super().get_queryset(request).annotate(second_factor=Exists(factors))

    @admin.display(boolean=True, description=_("two-step sign-in on"))
    def has_second_factor(self, user: User) -> bool:
        return bool(user.second_factor)  # type: ignore[attr-defined]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        try:
            return queryset.filter(uid=uuid.UUID(search_term.strip())), False
        except ValueError:
            return super().get_search_results(request, queryset, search_term)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return bool(request.user.is_superuser)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Change roles, with an entry in the person's history; who loses the account or a role is signed out."""
        before = {name: getattr(User.objects.get(pk=obj.pk), name) for name in ROLES if name != "groups"}
        super().save_model(request, obj, form, change)
        after = {name: getattr(obj, name) for name in before}
        if before != after:
            history.record(obj, "roles_changed", by=person(request), before=before, after=after)
        if any(before[name] and not after[name] for name in before):
            Session.objects.filter(user=obj).delete()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = _group_names(form.instance)
        super().save_related(request, form, formsets, change)
        after = _group_names(form.instance)
        if before != after:
            history.record(
                form.instance,
                "roles_changed",
                by=person(request),
                before={"groups": before},
                after={"groups": after},
            )


def note_opening(user: User, *, by: User) -> None:
    """Record that a staff member opened a person's page, once an hour."""
    since = timezone.now() - timedelta(hours=1)
    opened = history.of(user).filter(actor=by, timestamp__gt=since, additional_data__verb="opened_by_staff")
    if not opened.exists():
        history.record(user, "opened_by_staff", by=by)


def _group_names(user: User) -> str:
    return ", ".join(Group.objects.filter(user=user).order_by("name").values_list("name", flat=True))
