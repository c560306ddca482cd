"""Keeps the addresses of our own pages short enough for every server and browser."""

from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirectBase
from django.utils.deprecation import MiddlewareMixin

from accounts import destinations


class ShortDestinations(MiddlewareMixin):
    """Puts a long `next` of a redirect within this site into the session (`accounts.destinations.short`).

    It is a middleware because everything that asks for a sign-in redirects so: Django's decorators, the admin, apps'
    authorization requests.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if isinstance(response, HttpResponseRedirectBase) and len(response.url) > destinations.LONG:
            path, _mark, query = response.url.partition("?")
            parameters = dict(parse_qsl(query, keep_blank_values=True))
            target = destinations.safe_path(request, parameters.get("next"))
            if target and path.startswith("/") and not path.startswith("//"):
                parameters["next"] = destinations.short(request, target)
                response["Location"] = f"{path}?{urlencode(parameters)}"
        return response
