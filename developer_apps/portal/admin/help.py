"""The FAQ and the articles, which staff write as data, and whether readers found them and other pages helpful."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from developer_apps.docs import help as helping
from developer_apps.models import HelpArticle, PageRating
from developer_apps.portal.admin.staff_texts import StaffTextAdmin
from myusa.lib.admin.read_only import ReadOnlyAdmin
from myusa.lib.admin.words_field import WordsField
from myusa.lib.stale_forms import StaleSafeModelForm


class HelpArticleForm(StaleSafeModelForm):
    topics = WordsField(
        label=gettext_lazy("Shown at"),
        required=False,
        help_text=gettext_lazy("These pages link to it. Error codes link to it through the page that explains them."),
    )

    class Meta:
        model = HelpArticle
        fields = (
            "kind",
            "audience",
            "title",
            "slug",
            "summary",
            "body",
            "topics",
            "position",
            "status",
            "translations",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].choices = helping.topics()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == HelpArticle.Kind.ARTICLE and "summary" in cleaned and not cleaned["summary"]:
            self.add_error("summary", ValidationError(_("Enter one sentence that says what the article helps with.")))
        if cleaned.get("kind") == HelpArticle.Kind.ARTICLE and cleaned.get("audience") == HelpArticle.Audience.PEOPLE:
            self.add_error(
                "audience", ValidationError(_("Articles are for developers and agencies. Write a question."))
            )
        return cleaned


@admin.register(HelpArticle)
class HelpArticleAdmin(StaffTextAdmin):
    form = HelpArticleForm
    written = ("kind", "audience", "title", "slug", "summary", "body", "topics", "position", "status", "translations")
    kept = ("slug", "kind")
    list_display = ("title", "kind", "audience", "status", "position", "changed_at", "changed_by")
    list_filter = ("status", "kind", "audience")
    list_select_related = ("changed_by",)
    search_fields = ("title", "summary", "body")

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        return helping.url_of(obj) if obj is not None and obj.is_published else None


@admin.register(PageRating)
class PageRatingAdmin(ReadOnlyAdmin):
    """Totals per page and month. Nothing is known of those who responded."""

    list_display = ("path", "month", "helpful", "not_helpful", "share")
    list_filter = ("month",)
    search_fields = ("path",)

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        return obj.path if obj is not None else None

    @admin.display(description=gettext_lazy("found it helpful"))
    def share(self, rating: PageRating) -> str:
        total = rating.helpful + rating.not_helpful
        return f"{rating.helpful / total:.0%}" if total else "–"
