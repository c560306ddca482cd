"""Staying signed in, when a page warns that the session is about to end."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST


@never_cache
@require_POST
def stay(request: HttpRequest) -> JsonResponse:
    """Let the session last longer; return when it ends and whether it can last longer again, 401 if it has ended."""
    session = request.session
    if not request.user.is_authenticated or (ends_at := session.stay()) is None:  # type: ignore[attr-defined]
        return JsonResponse({}, status=401)
    session.modified = True  # the cookie of a remembered browser lasts longer, too
    return JsonResponse({"ends_at": ends_at.isoformat(), "can_stay": session.can_stay})  # type: ignore[attr-defined]
