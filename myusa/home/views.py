"""The first page: what this is for those who are signed out, what waits for them for those who are in."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import contributions
from accounts.contributions import HomePanel
from accounts.guards import person
from accounts.models import User
from myusa.home import panels

# An account in which nothing has happened yet is shown what MyUSA is for, this long.
FIRST_DAYS = timedelta(days=7)


@require_safe
@never_cache
def landing(request: HttpRequest) -> HttpResponse:
    user = request.user
    if not isinstance(user, User):
        return render(request, "home/landing.html")
    steps = [step for step in contributions.home_steps(request) if step.is_shown_to(user)]
    all_panels = contributions.home_panels(request)
    context = {
        "name": contributions.called(user),
        "steps": steps if _is_first_visit(user, all_panels) else steps[:1],
        "is_first_visit": _is_first_visit(user, all_panels),
        "queues": panels.queues_of(request),
        "panels": all_panels,
        "apps": panels.apps_of(user),
    }
    return render(request, "home/home.html", context)


def _is_first_visit(user: User, shown: list[HomePanel]) -> bool:
    """Whether the account is of this week and nothing has come into it yet."""
    is_new = timezone.now() - user.date_joined < FIRST_DAYS
    return is_new and not user.dismissed_steps and not any(panel.items for panel in shown)


@login_required
@require_POST
def dismiss_step(request: HttpRequest) -> HttpResponse:
    """Do not suggest a step again, or not for a while."""
    step = request.POST.get("step", "")
    if step in {each.slug for each in contributions.home_steps(request)}:
        person(request).dismiss_step(step)
    return redirect("home:landing")
