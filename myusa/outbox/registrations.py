"""What this app registers when the site starts; `myusa.home.apps` imports it."""

from myusa.lib.admin import desk
from myusa.outbox import (
    jobs,  # noqa: F401 - the wake-up gets its job
    staff,
)

desk.registered.register(staff.contribution())
