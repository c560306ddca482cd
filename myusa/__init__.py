"""MyUSA: one account for citizens, one portal through which apps earn access to it."""

from myusa import environment

# Before anything else is imported: prometheus_client looks for PROMETHEUS_MULTIPROC_DIR when it is.
environment.read_file()

from myusa.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
