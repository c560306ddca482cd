"""The values of the signed-in developer's own app, which samples of the documentation are printed with. Never secrets."""

import re
from dataclasses import dataclass

from django.http import HttpRequest

from accounts.models import User
from developer_apps.models import App, Environment

_KEY = "docs_app"
# What stays one word in a shell and in a Markdown text.
_PLAIN = re.compile(r"[\w:/.~%?=&+-]+", re.ASCII)


@dataclass(frozen=True)
class Reader:
    """The apps of the person, and the chosen one with what replaces the placeholders of samples."""

    apps: list[App]
    app: App
    values: dict[str, str]

    def fill(self, text: str) -> str:
        for placeholder, value in self.values.items():
            text = text.replace(placeholder, value)
        return text


def of(request: HttpRequest) -> Reader | None:
    """Return the reader's values, or None for people without an app. `app` of the address chooses, for later pages too."""
    if not isinstance(request.user, User):
        return None
    apps = list(App.objects.visible_to(request.user).order_by("name", "pk"))
    if not apps:
        return None
    by_id = {str(app.pk): app for app in apps}
    chosen = request.GET.get("app", "")
    if chosen in by_id:
        request.session[_KEY] = chosen
    app = by_id.get(str(request.session.get(_KEY)), apps[0])
    return Reader(apps, app, _values(app))


def _values(app: App) -> dict[str, str]:
    client = app.clients.filter(environment=Environment.SANDBOX).first()
    if client is None:
        return {}
    values = {"{client_id}": client.client_id, "CLIENT_ID": client.client_id}
    if (uris := client.redirect_uri_list) and _PLAIN.fullmatch(uris[0]):
        values["{redirect_uri}"] = uris[0]
    return values
