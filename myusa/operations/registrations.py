"""What this app registers when the site starts; `myusa.home.apps` imports it."""

from myusa.lib.admin import desk
from myusa.lib.http.error_pages import error_page_shown
from myusa.lib.security import checks  # noqa: F401 - registers the checks of a production start
from myusa.operations import error_log, staff, tallies

desk.registered.register(staff.contribution())
error_page_shown.connect(error_log.record, dispatch_uid="error_log")
tallies.connect()
tallies.register()
