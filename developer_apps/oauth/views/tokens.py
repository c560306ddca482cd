"""The endpoints that programs call: token, revoke, server metadata."""

import json
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from developer_apps import scopes
from developer_apps.models import AccessToken, Client, RefreshToken
from developer_apps.oauth import credentials, families, parameters
from developer_apps.oauth.answers import client_refused, from_problems, oauth_error
from developer_apps.oauth.backend import backend
from developer_apps.oauth.diagnosis import code_problem, record_request
from developer_apps.traffic import token_events
from myusa.lib.database.conflicts import is_orphan
from myusa.lib.http.errors import METHOD_NOT_ALLOWED, as_problems
from myusa.lib.security.digests import digest

View = Callable[[HttpRequest], HttpResponse]


def machine_endpoint(view: View) -> View:
    """Take POST alone, without CSRF (the caller proves itself in the body), and answer every problem in OAuth's form."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return from_problems(METHOD_NOT_ALLOWED.problem(Allow="POST"))
        try:
            return view(request)
        except IntegrityError as error:
            if not is_orphan(error):
                raise
            return oauth_error("invalid_grant")  # the person or the app was deleted in the meantime
        except Exception as exception:
            if problems := as_problems(exception):
                return from_problems(problems)
            raise

    return guarded


@machine_endpoint
def token(request: HttpRequest) -> HttpResponse:
    """Exchange a code or refresh token, or authenticate a client (RFC 6749 §3.2)."""
    _uri, headers, body, status = backend().create_token_response(request)
    if status == 200:
        return HttpResponse(body, status=status, headers=headers)
    answer = json.loads(body)
    error, description = answer["error"], answer.get("error_description", "")
    if error == "invalid_client":
        response = client_refused(request, description)
    elif error == "invalid_grant" and (problem := code_problem(request)):
        response = oauth_error(error, code=problem)
    else:
        response = oauth_error(error, description)
    record_request("token", request, status=response.status_code, error=error, description=description)
    return response


@machine_endpoint
def revoke(request: HttpRequest) -> HttpResponse:
    """Revoke a token (RFC 7009). Holding it is enough; credentials that are given must be right.

    A token of another client than the one that authenticates is to it like one that never existed (RFC 7009 §2.1).
    """
    sent = parameters.of_body(request)
    if "token" not in sent:
        return oauth_error("invalid_request", "Missing token parameter.")
    client = None
    try:
        given = credentials.of_request(request, sent)
    except credentials.GivenTwice as error:
        return oauth_error("invalid_request", str(error))
    except ValueError as error:
        return client_refused(request, str(error))
    if given is not None:
        client = credentials.authenticate(*given)
        if client is None:
            response = client_refused(request)
            record_request("revoke", request, status=response.status_code, error="invalid_client")
            return response
    _revoke_token(sent["token"], client)
    return JsonResponse({}, headers={"Cache-Control": "no-store"})


def _revoke_token(value: str, client: Client | None) -> None:
    owned = {"application": client} if client else {}
    same = {"token_checksum": digest(value), **owned}
    for model in (AccessToken, RefreshToken):
        found = model.objects.filter(**same).select_related("application", "authorization").first()
        if found is None:
            continue
        if model is RefreshToken:
            families.revoke(found.family)
        else:
            found.delete()
        user_id = found.authorization and found.authorization.user_id
        token_events.observe(found.application, token_events.REVOKED, user_id=user_id)
        return


@require_safe
def metadata(request: HttpRequest) -> HttpResponse:
    """Describe this authorization server: exactly what works (RFC 8414 §2)."""
    methods = ["client_secret_basic", "client_secret_post"]

    def address(name: str) -> str:
        return settings.BASE_URL + reverse(name)

    document = {
        "issuer": settings.BASE_URL,
        "authorization_endpoint": address("oauth2_provider:authorize"),
        "token_endpoint": address("oauth2_provider:token"),
        "token_endpoint_auth_methods_supported": [*methods, "none"],
        "revocation_endpoint": address("oauth2_provider:revoke-token"),
        "revocation_endpoint_auth_methods_supported": [*methods, "none"],
        "introspection_endpoint": address("oauth2_provider:introspect"),
        "introspection_endpoint_auth_methods_supported": methods,
        "scopes_supported": list(scopes.offered()),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "service_documentation": address("developer_apps:docs"),
        "op_policy_uri": address("accounts:legal"),
        "op_tos_uri": address("accounts:legal"),
    }
    return JsonResponse(document, headers={"Cache-Control": "max-age=3600"})
