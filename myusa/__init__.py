"""MyUSA: one account for citizens, one portal through which apps earn access to it."""

from myusa.celery import app as celery_app

__all__ = ["celery_app"]
