"""Messages that apps sent to a team's test users: recorded, shown here, and never delivered."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from developer_apps.models import Team
from notifications.models import Notification

PER_PAGE = 25


@login_required
@require_safe
def sandbox_outbox(request: HttpRequest, team_id: int) -> HttpResponse:
    """Show the newest first, to the team's members."""
    team = get_object_or_404(Team.objects.visible_to(request.user), pk=team_id)  # type: ignore[arg-type]
    found = Notification.objects.for_test_users_of(team)
    if uid := request.GET.get("test_user", ""):
        found = found.filter(user__test_user__pk=uid) if uid.isdecimal() and len(uid) < 19 else found.none()
    context = {
        "team": team,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "test_users": team.test_users.all(),
        "chosen": uid,
    }
    return render(request, "notifications/sandbox_outbox.html", context)
