"""How Django requests become oauthlib requests: bodies in form or JSON, and the issuer in every answer."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from oauth2_provider.exceptions import FatalClientError, OAuthToolkitError
from oauth2_provider.oauth2_backends import OAuthLibCore, _add_iss_to_redirect
from oauth2_provider.settings import oauth2_settings
from oauthlib import oauth2

from developer_apps.oauth import parameters


class OAuthBackend(OAuthLibCore):
    """django-oauth-toolkit's bridge, told about JSON bodies and about consent for somebody else than `request.user`."""

    def _extract_params(self, request: HttpRequest) -> tuple[str, str, dict[str, str], dict[str, str]]:
        """Hand over the parameters as they are; as text oauthlib would have to decode them again."""
        return request.path, "POST", parameters.of_body(request), self.extract_headers(request)

    def extract_headers(self, request: HttpRequest) -> dict[str, str]:
        """Return the one header that anything here reads; oauthlib copies each three times."""
        authorization = request.META.get("HTTP_AUTHORIZATION")
        return {"Authorization": authorization} if authorization else {}

    def _get_extra_credentials(self, request: HttpRequest) -> dict[str, str]:
        return {"token_type": "bearer"}

    def validate_authorization_request(self, request: HttpRequest) -> tuple[list[str], dict[str, Any]]:
        """Validate what stands in the query; a consent form's own fields are no parameters of the request."""
        headers = self.extract_headers(request)
        try:
            uri = parameters.as_uri(request)
            return self.server.validate_authorization_request(uri, http_method="GET", body=None, headers=headers)
        except oauth2.FatalClientError as error:
            raise FatalClientError(error=error) from error
        except oauth2.OAuth2Error as error:
            raise OAuthToolkitError(error=error) from error

    def create_authorization_response(
        self, request: HttpRequest, scopes: list[str], credentials: dict[str, Any], allow: bool
    ) -> tuple[str, dict[str, str], str, int]:
        """Answer a consent; `credentials["authorization"]` says whose it is, which need not be `request.user`."""
        if not allow:
            raise oauth2.AccessDeniedError(state=credentials.get("state"))
        headers, body, status = self.server.create_authorization_response(
            uri=parameters.as_uri(request),
            http_method="GET",
            body=None,
            headers=self.extract_headers(request),
            scopes=scopes,
            credentials=credentials,
        )
        return with_issuer(headers["Location"]), headers, body, status


def with_issuer(uri: str) -> str:
    """Add `iss` to an authorization response, so that clients can tell servers apart (RFC 9207 §2)."""
    return _add_iss_to_redirect(uri, settings.BASE_URL)


@lru_cache(maxsize=1)
def backend() -> OAuthBackend:
    """Return the bridge to oauthlib, made once."""
    return OAuthBackend(oauth2_settings.OAUTH2_SERVER_CLASS(oauth2_settings.OAUTH2_VALIDATOR_CLASS()))
