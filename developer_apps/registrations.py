"""What this app registers when the site starts; `myusa.home.apps` imports it."""

from accounts import contributions as to_accounts
from developer_apps import contributions as to_portal
from developer_apps import (
    errors,  # noqa: F401 - its codes join the catalog
    jobs,  # noqa: F401 - the wake-up gets its job
)
from developer_apps.models import Membership
from developer_apps.models.clients import Environment
from developer_apps.portal import contribution, staff
from developer_apps.runs import contribution as runs
from myusa.lib.admin import desk
from myusa.lib.history import lines

to_accounts.registered.register(contribution.account())
to_portal.register(contribution.api())
to_portal.register(runs.api())
lines.register_values({"role": dict(Membership.Role.choices), "environment": dict(Environment.choices)})
desk.registered.register(staff.contribution())
