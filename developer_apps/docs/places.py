"""Where to call a product: its address in each environment, and a command that calls it."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from developer_apps.docs import openapi
from developer_apps.models import Environment, Product


@dataclass(frozen=True)
class Place:
    """One environment of a product. `url` is empty while the product cannot be called there; `words` says why."""

    environment: Environment
    url: str
    words: str
    command: str


def places(product: Product) -> list[Place]:
    """Return where the product is in the sandbox and in production."""
    return [place(product, environment) for environment in (Environment.SANDBOX, Environment.PRODUCTION)]


def place(product: Product, environment: str, **headers: str) -> Place:
    """Return where to call `product` with keys of `environment`. The command sends `headers`, such as `X_Test_User`."""
    found = Environment(environment)
    url = settings.BASE_URL if product.is_built_in else product.base_url(found)
    if product.sandbox_only and found == Environment.PRODUCTION:
        return Place(found, "", _("Not offered"), "")
    if not url:
        return Place(found, "", _("Not available yet"), "")
    return Place(found, url, url, _command(product, found, url, headers))


def unknown_command(product: Product, environment: Environment) -> str:
    """Return a command that asks for something that does not exist; empty while the product cannot be called."""
    known = place(product, environment).command
    return f"{known}-unknown" if known else ""


def document_of(product: Product) -> dict[str, Any] | None:
    """Return the product's OpenAPI document. Its `servers` are the addresses that staff entered."""
    document = product.openapi or openapi.of_built_in(product.slug)
    if not document or product.is_built_in:
        return document
    known = [each for each in places(product) if each.url]
    servers = [{"url": each.url, "description": str(each.environment.label)} for each in known]
    rest = {name: value for name, value in document.items() if name != "servers"}
    return {**rest, "servers": servers} if servers else rest


def _command(product: Product, environment: Environment, url: str, headers: dict[str, str]) -> str:
    path = product.sample_path(environment) or _first_path(product)
    sent = {"Authorization": "Bearer $TOKEN", **{name.replace("_", "-"): value for name, value in headers.items()}}
    options = " ".join(f'-H "{name}: {value}"' for name, value in sent.items())
    return f"curl {options} {url}{path}" if path else ""


def _first_path(product: Product) -> str:
    """Return the first path of the document that can be read without parameters."""
    known = openapi.operations(product.openapi or openapi.of_built_in(product.slug) or {})
    return next((each.path for each in known if each.method == "GET" and "{" not in each.path), "")
