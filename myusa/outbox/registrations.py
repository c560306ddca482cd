"""What this app registers when the site starts; `myusa.home.apps` imports it."""

from myusa.outbox import jobs  # noqa: F401 - the wake-up gets its job
