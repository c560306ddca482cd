"""What profiles add to people's accounts and to the developer portal."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.contributions import AccountContribution, HomePanel
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
    return AccountContribution("profiles", exports={"profile": export}, home_panels=[home_panel])


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


def home_panel(request: HttpRequest) -> HomePanel | None:
    profile = Profile.objects.of(request.user)  # type: ignore[arg-type]
    filled = profile.filled_count
    if profile.is_unreadable:
        text = str(UNREADABLE)
    elif not filled:
        text = _("Your profile is empty. What you enter once can fill in the forms of apps you allow.")
    else:
        text = _("%(filled)s of %(total)s fields are filled in.") % {"filled": filled, "total": profile.field_count}
    return HomePanel(
        title=_("My profile"),
        text=text,
        link=reverse("profiles:personal"),
        link_text=_("Open my profile") if filled or profile.is_unreadable else _("Fill in my profile"),
        order=10,
    )
