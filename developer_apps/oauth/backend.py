"""How Django requests become oauthlib requests, with bodies in form or JSON."""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from oauth2_provider.exceptions import FatalClientError, OAuthToolkitError
from oauth2_provider.oauth2_backends import OAuthLibCore
from oauth2_provider.settings import oauth2_settings
from oauthlib import oauth2

from developer_apps.oauth import parameters


class OAuthBackend(OAuthLibCore):
    """django-oauth-toolkit's bridge, with JSON bodies and with consent for a person other than `request.user`."""

    def _extract_params(self, request: HttpRequest) -> tuple[str, str, dict[str, str], dict[str, str]]:
        """Pass the parameters as a dictionary, which saves oauthlib from decoding them again."""
        return request.path, "POST", parameters.of_body(request), self.extract_headers(request)

    def extract_headers(self, request: HttpRequest) -> dict[str, str]:
        """Return the one header that anything here reads; oauthlib copies each three times."""
        authorization = request.META.get("HTTP_AUTHORIZATION")
        return {"Authorization": authorization} if authorization else {}

    def _get_extra_credentials(self, request: HttpRequest) -> dict[str, str]:
        return {"token_type": "bearer"}

    def validate_authorization_request(self, request: HttpRequest) -> tuple[list[str], dict[str, Any]]:
        """Validate the query; the fields of a consent form are not parameters of the request."""
        headers = self.extract_headers(request)
        try:
            uri = parameters.as_uri(request)
            return self.server.validate_authorization_request(uri, http_method="GET", body=None, headers=headers)
        except oauth2.FatalClientError as error:
            raise FatalClientError(error=error) from error
        except oauth2.OAuth2Error as error:
            raise OAuthToolkitError(error=error) from error

    def address_with_code(self, request: HttpRequest, scopes: list[str], credentials: dict[str, Any]) -> str:
        """Return the redirect URI with a new code; the code is for the person of `credentials["authorization"]`.

        Raises oauthlib's OAuth2Error if the request became invalid since it was validated.
        """
        headers, _body, _status = self.server.create_authorization_response(
            uri=parameters.as_uri(request),
            http_method="GET",
            body=None,
            headers=self.extract_headers(request),
            scopes=scopes,
            credentials=credentials,
        )
        return str(headers["Location"])


@lru_cache(maxsize=1)
def backend() -> OAuthBackend:
    """Return the bridge to oauthlib, one per process."""
    return OAuthBackend(oauth2_settings.OAUTH2_SERVER_CLASS(oauth2_settings.OAUTH2_VALIDATOR_CLASS()))
