"""Pages of teams: who is in, with which role, and how others come in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import repeats, unsaved_forms
from accounts.models.allowances import TEAMS, UsedUp
from accounts.unsaved_forms import survives_sign_in
from developer_apps.lookup import managed_team, signed_in, visible_team
from developer_apps.models import Invitation, Membership, Team
from developer_apps.portal.forms.teams import InvitationForm, RoleForm, TeamForm
from myusa.lib.history import lines
from myusa.lib.security.digests import digest
from myusa.lib.steps import InvalidTransition


@login_required
def teams(request: HttpRequest) -> HttpResponse:
    """The person's teams."""
    founder = Membership.objects.filter(team=OuterRef("team")).order_by("pk")
    memberships = (
        signed_in(request)
        .memberships.select_related("team")
        .annotate(owner_email=Subquery(founder.values("user__email")[:1]))
        .annotate(app_count=Count("team__apps", distinct=True), member_count=Count("team__memberships", distinct=True))
        .order_by("-team__is_personal", "team__name", "pk")
    )
    return render(request, "developer_apps/portal/teams/teams.html", {"memberships": memberships})


@survives_sign_in
@login_required
@repeats.once
def new(request: HttpRequest) -> HttpResponse:
    """Create a team with the person as its first admin."""
    form = TeamForm(unsaved_forms.data(request))
    form.fields["name"].widget.attrs["autofocus"] = True
    if request.method == "POST" and form.is_valid():
        try:
            TEAMS.take(signed_in(request))
        except UsedUp as refusal:
            form.add_error(None, str(refusal))
            return render(request, "developer_apps/portal/teams/new.html", {"form": form}, status=429)
        made = Team.objects.create_for(signed_in(request), name=form.cleaned_data["name"])
        messages.success(request, _("Team created. Now invite its members."))
        return repeats.done(request, redirect("developer_apps:team", made.pk))
    status = 400 if request.method == "POST" else 200
    return render(request, "developer_apps/portal/teams/new.html", {"form": form}, status=status)


@survives_sign_in
@login_required
def team(request: HttpRequest, team_id: int) -> HttpResponse:
    """Members, roles, invitations, apps and test users of a team."""
    found = visible_team(request, team_id)
    typed_name = unsaved_forms.data(request, sent_to=reverse("developer_apps:rename_team", args=[found.pk]))
    invited = unsaved_forms.data(request, sent_to=reverse("developer_apps:invite", args=[found.pk]))
    return _show(
        request,
        found,
        form=InvitationForm(invited, team=found) if invited else None,
        name_form=TeamForm(typed_name, initial={"name": found.name}) if typed_name else None,
    )


def _show(
    request: HttpRequest,
    found: Team,
    *,
    form: InvitationForm | None = None,
    name_form: TeamForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    memberships = list(found.memberships.select_related("user").order_by("role", "user__email"))
    admins = [each for each in memberships if each.role == Membership.Role.ADMIN]
    context = {
        "team": found,
        "is_admin": found.has_admin(user),
        "memberships": memberships,
        # A personal team begins with the person whose it is.
        "owner": min(memberships, key=lambda each: (each.created_at, each.pk)).user,
        "only_admin": admins[0] if len(admins) == 1 else None,
        "invitations": found.invitations.filter(accepted_at=None).with_delivery().order_by("-created_at"),
        "invitation_form": form or InvitationForm(team=found),
        "name_form": name_form or TeamForm(initial={"name": found.name}),
        "apps": found.apps.all(),
        "test_users": found.test_users.select_related("user"),
        "history": lines.of(found, limit=8),
    }
    return render(request, "developer_apps/portal/teams/team.html", context, status=status)


@survives_sign_in
@login_required
def rename(request: HttpRequest, team_id: int) -> HttpResponse:
    """Rename a team. A person who had to sign in again comes back by GET, and goes to the page of the form."""
    found = managed_team(request, team_id)
    if request.method != "POST":
        return redirect("developer_apps:team", found.pk)
    form = TeamForm(request.POST, initial={"name": found.name})
    if not form.is_valid():
        return _show(request, found, name_form=form, status=400)
    found.rename(form.cleaned_data["name"], by=signed_in(request))
    messages.success(request, _("The team is renamed."))
    return redirect("developer_apps:team", found.pk)


@survives_sign_in
@login_required
@repeats.once
def invite(request: HttpRequest, team_id: int) -> HttpResponse:
    """Email a link that lets the address's owner join the team. By GET it leads to the page of the form, as `rename`."""
    found = managed_team(request, team_id)
    if request.method != "POST":
        return redirect("developer_apps:team", found.pk)
    form = InvitationForm(request.POST, team=found)
    if not form.is_valid():
        return _show(request, found, form=form, status=400)
    try:
        found.invite(form.cleaned_data["email"], form.cleaned_data["role"], by=signed_in(request))
    except UsedUp as refusal:
        form.add_error(None, str(refusal))
        return _show(request, found, form=form, status=429)
    messages.success(request, _("We’re emailing an invitation to %(email)s.") % {"email": form.cleaned_data["email"]})
    return repeats.done(request, redirect("developer_apps:team", found.pk))


@login_required
@require_POST
@repeats.once
def withdraw_invitation(request: HttpRequest, team_id: int, invitation_id: int) -> HttpResponse:
    found = managed_team(request, team_id)
    get_object_or_404(found.invitations.filter(accepted_at=None), pk=invitation_id).withdraw(by=signed_in(request))
    messages.success(request, _("The invitation is withdrawn."))
    return repeats.done(request, redirect("developer_apps:team", found.pk))


@login_required
@require_POST
@repeats.once
def change_role(request: HttpRequest, team_id: int, user_id: int) -> HttpResponse:
    """Change the role of a member."""
    found = managed_team(request, team_id)
    member = get_object_or_404(found.members, pk=user_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a role from the list."))
        return redirect("developer_apps:team", found.pk)
    try:
        found.change_role(member, form.cleaned_data["role"], by=signed_in(request))
    except InvalidTransition as refusal:
        messages.error(request, str(refusal))
        return redirect("developer_apps:team", found.pk)
    messages.success(request, _("The role of %(email)s is changed.") % {"email": member.email})
    return repeats.done(request, redirect("developer_apps:team", found.pk))


@login_required
@repeats.once
def remove_member(request: HttpRequest, team_id: int, user_id: int) -> HttpResponse:
    """Take someone out of the team, after a question. Members can leave by themselves."""
    user = signed_in(request)
    found = visible_team(request, team_id) if user_id == user.pk else managed_team(request, team_id)
    member = get_object_or_404(found.members, pk=user_id)
    if request.method != "POST":
        return render(
            request,
            "developer_apps/portal/teams/remove.html",
            {
                "team": found,
                "member": member,
                "leaving": member == user,
                "invitations": found.invitations.open().filter(invited_by=member),
            },
        )
    try:
        found.remove(member, by=user)
    except InvalidTransition as refusal:
        messages.error(request, str(refusal))
        return redirect("developer_apps:team", found.pk)
    if member == user:
        messages.success(request, _("You left %(team)s.") % {"team": found})
        return repeats.done(request, redirect("developer_apps:teams"))
    messages.success(request, _("%(email)s is no longer on the team.") % {"email": member.email})
    return repeats.done(request, redirect("developer_apps:team", found.pk))


@login_required
@never_cache
@repeats.once
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Join a team by the emailed link. Opening it changes nothing; the button does."""
    user = signed_in(request)
    invitation = Invitation.objects.select_related("team", "invited_by").filter(token_digest=digest(token)).first()
    if invitation and invitation.team.has_member(user):
        return redirect("developer_apps:team", invitation.team_id)
    is_open = bool(invitation and invitation.is_open and invitation.author_is_admin)
    if invitation is None or not is_open or invitation.email != user.email:
        context = {"for_another": is_open}
        return render(
            request,
            "developer_apps/portal/teams/invitation_refused.html",
            context,
            status=403 if context["for_another"] else 404,
        )
    if request.method == "POST" and invitation.accept(user):
        messages.success(request, _("Welcome to %(team)s.") % {"team": invitation.team})
        return repeats.done(request, redirect("developer_apps:team", invitation.team_id))
    if request.method == "POST":
        # Accepted in another tab at the same moment, or ended since the page was opened: look again.
        return redirect("developer_apps:accept_invitation", token)
    return render(request, "developer_apps/portal/teams/invitation.html", {"invitation": invitation})


@login_required
def history(request: HttpRequest, team_id: int) -> HttpResponse:
    """Every change of a team."""
    found = visible_team(request, team_id)
    return render(request, "developer_apps/portal/teams/history.html", {"team": found, "history": lines.of(found)})
