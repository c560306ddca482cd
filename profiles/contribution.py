"""What profiles add to people's accounts and to the developer portal."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.contributions import AccountContribution, HomePanel, HomeStep
from developer_apps.contributions import ApiContribution, Scope, ScopeGroup
from profiles import docs
from profiles.consent import ProfileValues
from profiles.fields import GROUPS, Field, of_group, stored
from profiles.models import UNREADABLE, Profile
from profiles.personas import PERSONAS
from profiles.test_users import fill_fresh, form_of

if TYPE_CHECKING:
    from accounts.models import User


def account() -> AccountContribution:
    return AccountContribution(
        "profiles",
        exports={"profile": export},
        home_panels=[home_panel],
        home_steps=[name_step, address_step],
        called=first_name,
    )


def api() -> ApiContribution:
    return ApiContribution(
        "profiles",
        product="profile",
        scope_groups=[
            ScopeGroup(
                group.slug,
                group.label,
                [_scope(field) for field in of_group(group.slug)],
                group.developer_label,
                group.request,
            )
            for group in GROUPS
        ],
        reads=gettext_lazy("{app} checked which details you share with it"),
        first_call="/api/v1/profile",
        paths=("/profile",),
        docs_page=docs.PAGE,
        examples=docs.examples(),
        consent_provider=ProfileValues(),
        personas=[persona.described for persona in PERSONAS],
        profile_form=form_of,
        fill_fresh=fill_fresh,
        demo_endpoints=[("profile", "GET")],
    )


def _scope(field: Field) -> Scope:
    return Scope(field.scope, field.consent_label, field.developer_label, field.in_sentence, field.is_sensitive)


def export(user: "User") -> dict[str, Any]:
    """Return every field with its value, None where nothing was given."""
    profile = Profile.objects.of(user)
    if profile.is_unreadable:
        return {"email": user.email, "problem": str(UNREADABLE)}
    return {"email": user.email, **{field.name: field.shared(profile.value(field.name)) for field in stored()}}


def first_name(user: "User") -> str:
    profile = Profile.objects.of(user)
    return "" if profile.is_unreadable else str(profile.value("first_name") or "")


def name_step(request: HttpRequest) -> HomeStep | None:
    profile = Profile.objects.of(request.user)  # type: ignore[arg-type]
    if profile.is_unreadable or profile.value("first_name"):
        return None
    return HomeStep(
        "name",
        _("Add your name"),
        _("Enter it once. Apps you allow can fill in their forms with it."),
        reverse("profiles:personal"),
        _("Add your name"),
        order=10,
    )


def address_step(request: HttpRequest) -> HomeStep | None:
    profile = Profile.objects.of(request.user)  # type: ignore[arg-type]
    if profile.is_unreadable or profile.value("address") or profile.value("zip"):
        return None
    return HomeStep(
        "address",
        _("Add your address"),
        _("Many services depend on where you live. You decide which apps see it."),
        reverse("profiles:personal"),
        _("Add your address"),
        order=30,
    )


def home_panel(request: HttpRequest) -> HomePanel | None:
    profile = Profile.objects.of(request.user)  # type: ignore[arg-type]
    filled = profile.filled_count
    if profile.is_unreadable:
        text = str(UNREADABLE)
    elif not filled:
        text = _("Your profile is empty. Enter your details once, and share them with the apps you choose.")
    else:
        text = _("%(filled)s of %(total)s fields are filled in.") % {"filled": filled, "total": profile.field_count}
    return HomePanel(
        title=_("Profile"),
        text=text,
        link=reverse("profiles:personal"),
        link_text=_("Open my profile") if filled or profile.is_unreadable else _("Fill in my profile"),
        order=30,
        icon="profile",
    )
