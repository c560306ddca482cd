"""Limits that staff give to one app."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from myusa.lib import history
from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.widgets import TYPED_TEXT
from notifications import allowance
from notifications.models import AppLimit

NUMBERS = ("per_minute", "per_day", "user_per_minute", "user_per_day")


@admin.register(AppLimit)
class AppLimitAdmin(admin.ModelAdmin):
    form = StaleSafeModelForm
    formfield_overrides = TYPED_TEXT
    list_display = ("app", *NUMBERS)
    search_fields = ("app__name",)
    raw_id_fields = ("app",)
    fields = ("app", *NUMBERS)

    def save_model(self, request: HttpRequest, obj: AppLimit, form: Any, change: bool) -> None:
        before = {name: form.initial.get(name) for name in NUMBERS} if change else {}
        super().save_model(request, obj, form, change)
        after = {name: getattr(obj, name) for name in NUMBERS}
        history.record(obj.app, "notification_limits_set", by=request.user, before=before, after=after)  # type: ignore[arg-type]
        allowance.forget()

    def delete_model(self, request: HttpRequest, obj: AppLimit) -> None:
        before = {name: getattr(obj, name) for name in NUMBERS}
        history.record(obj.app, "notification_limits_removed", by=request.user, before=before)  # type: ignore[arg-type]
        super().delete_model(request, obj)
        allowance.forget()
