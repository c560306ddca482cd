"""What this app registers when the site starts; `myusa.home.apps` imports it."""

from accounts import (
    contributions,
    history_verbs,
    home,
    jobs,  # noqa: F401 - the wake-up gets its job
    languages,
    staff,
    time_zones,
)
from myusa.lib import zones
from myusa.lib.admin import desk
from myusa.lib.history import lines
from myusa.lib.languages import recipients

desk.registered.register(staff.contribution())
recipients.find = languages.of_address
zones.recipients.find = time_zones.of_address
lines.register_verbs(history_verbs.VERBS)
contributions.registered.register(home.contribution())
