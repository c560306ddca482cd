"""A person's part in production requests, for the copy of their data. Requests belong to apps and go with them."""

from typing import Any

from accounts.models import User
from onboarding.models import ProductionRequest


def export(user: User) -> list[dict[str, Any]]:
    """Return the requests that `user` started, with the answers, which name people."""
    requests = ProductionRequest.objects.filter(created_by=user).select_related("app").prefetch_related("products")
    return [
        {
            "app": request.app.name,
            "products": [product.name for product in request.products.all()],
            "state": request.state,
            "started": request.created_at.isoformat(),
            "answers": request.answers,
        }
        for request in requests
    ]
