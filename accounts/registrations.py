"""What this app registers when the site starts; `myusa.home.apps` imports it."""

from accounts import (
    history_verbs,
    jobs,  # noqa: F401 - codes are sent by the job's name
    staff,
)
from myusa.lib.admin import desk
from myusa.lib.history import lines

desk.registered.register(staff.contribution())
lines.register_verbs(history_verbs.VERBS)
