"""What this app registers when the site starts; `myusa.home.apps` imports it."""

from accounts import contributions as to_accounts
from developer_apps import contributions as to_portal
from myusa.lib.admin import desk
from tasks import (
    contribution,
    errors,  # noqa: F401 - its codes join the catalog
    staff,
)

to_accounts.registered.register(contribution.account())
to_portal.register(contribution.api())
desk.registered.register(staff.contribution())
