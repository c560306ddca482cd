"""Whose data a call could read, in one set of words for the log, its filter and the documentation.

It follows from three facts: where the product is served, which keys were used, and who the token acts for.
"""

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from developer_apps.models import Call, Environment


class Data(TextChoices):
    PERSON = "person", _("Real person")
    TEST_USER = "test_user", _("Test user")
    SANDBOX = "sandbox", _("Sandbox data")
    PRODUCTION = "production", _("Production data")
    NONE = "none", _("No one’s data")


_ELSEWHERE = Q(product__is_built_in=False)
MATCHING = {
    Data.PERSON: ~_ELSEWHERE & Q(user__isnull=False, user__test_user__isnull=True),
    Data.TEST_USER: ~_ELSEWHERE & Q(user__test_user__isnull=False),
    Data.SANDBOX: _ELSEWHERE & Q(environment=Environment.SANDBOX),
    Data.PRODUCTION: _ELSEWHERE & Q(environment=Environment.PRODUCTION),
    Data.NONE: ~_ELSEWHERE & Q(user__isnull=True),
}


def of(call: Call) -> Data:
    """Return whose data `call` could read. Load it with `select_related("product", "user__test_user")`."""
    if call.product and not call.product.is_built_in:
        return Data.SANDBOX if call.environment == Environment.SANDBOX else Data.PRODUCTION
    if call.user is None:
        return Data.NONE
    return Data.TEST_USER if hasattr(call.user, "test_user") else Data.PERSON
