"""Chromium's virtual authenticator: a phone or laptop that creates and uses passkeys."""

from typing import Any

BUILT_IN = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """The virtual authenticator of a page. With autofill it signs in as soon as the sign-in page asks."""

    def __init__(self, page: Any, *, autofill: bool = False) -> None:
        if not autofill:
            page.add_init_script(
                "if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = undefined"
            )
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        made = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": BUILT_IN})
        self._number = {"authenticatorId": made["authenticatorId"]}

    def answers(self, whether: bool) -> None:
        """Say whether someone touches it, so requests end."""
        self._session.send("WebAuthn.setAutomaticPresenceSimulation", {**self._number, "enabled": whether})

    def verifies(self, whether: bool) -> None:
        """Say whether it recognizes the person."""
        self._session.send("WebAuthn.setUserVerified", {**self._number, "isUserVerified": whether})

    def credentials(self) -> list[dict[str, Any]]:
        return list(self._session.send("WebAuthn.getCredentials", self._number)["credentials"])

    def lose(self) -> None:
        self._session.send("WebAuthn.clearCredentials", self._number)
