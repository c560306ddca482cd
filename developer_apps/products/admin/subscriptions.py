"""Which app uses which product."""

from typing import Any

from django.contrib import admin

from developer_apps.models import App, Subscription
from myusa.lib.admin.read_only import ReadOnlyAdmin


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """An app's access to a product. The sandbox is the team's choice, production that of a production request."""

    list_display = ("app", "product", "created_at", "production_since")
    list_filter = ("product", ("production_since", admin.EmptyFieldListFilter))
    list_select_related = ("app", "product")
    search_fields = ("app__name", "product__name")
    fields = readonly_fields = ("app", "product", "created_by", "created_at", "production_since")

    def subject_of_history(self, obj: Any) -> App:
        return obj.app  # type: ignore[no-any-return]
