"""What production requests add to people's accounts and to the developer portal."""

from typing import Any

from accounts.contributions import AccountContribution
from accounts.models import User
from developer_apps.contributions import ApiContribution
from myusa.lib.database.encryption import is_unreadable
from onboarding import panels, questions, states
from onboarding.models import ProductionRequest


def account() -> AccountContribution:
    return AccountContribution("onboarding", exports={"production_requests": export}, home_panels=[panels.home_panel])


def api() -> ApiContribution:
    return ApiContribution(
        "onboarding",
        app_panels=[panels.app_panel],
        next_steps=[panels.next_step],
        app_states=panels.app_states,
        history_verbs=states.done_labels(),
    )


def export(user: User) -> list[dict[str, Any]]:
    """Return the requests that `user` started, with the answers, which name people."""
    requests = ProductionRequest.objects.filter(created_by=user).select_related("app").prefetch_related("products")
    return [
        {
            "app": request.app.name,
            "products": [product.name for product in request.products.all()],
            "state": request.state,
            "started": request.created_at.isoformat(),
            "answers": str(questions.UNREADABLE) if is_unreadable(request.answers) else request.answers,
        }
        for request in requests
    ]
