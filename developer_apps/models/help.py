"""FAQ entries and articles that staff write for developers, agencies and people, in addition to the documentation."""

from django.db import models
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts import markdown
from developer_apps.models.staff_texts import StaffText
from myusa.lib import texts
from myusa.lib.texts import TranslationsField


class HelpArticleQuerySet(models.QuerySet["HelpArticle"]):
    def published(self) -> "HelpArticleQuerySet":
        return self.filter(status=HelpArticle.Status.PUBLISHED)

    def questions(self) -> "HelpArticleQuerySet":
        return self.filter(kind=HelpArticle.Kind.QUESTION)

    def for_people(self) -> "HelpArticleQuerySet":
        """Keep the questions of the help center. All others are in the FAQ of developers."""
        return self.questions().filter(audience=HelpArticle.Audience.PEOPLE)

    def for_developers(self) -> "HelpArticleQuerySet":
        """Keep the questions of the FAQ, which is in English."""
        return self.questions().exclude(audience=HelpArticle.Audience.PEOPLE)

    def articles(self) -> "HelpArticleQuerySet":
        return self.filter(kind=HelpArticle.Kind.ARTICLE)

    def about(self, topic: str) -> "list[HelpArticle]":
        """Return what is published for a place where people may need it: a page of the documentation, or of the portal."""
        found = self.published().filter(topics__contains=topic)
        return [each for each in found if topic in each.topics.split()]


class HelpArticle(StaffText):
    """A question of the FAQ with its answer, or an article."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("Question (FAQ)")
        ARTICLE = "article", _("Article")

    class Audience(models.TextChoices):
        DEVELOPERS = "developers", _("Developers of apps")
        AGENCIES = "agencies", _("Agencies that serve an API")
        PEOPLE = "people", _("People who use MyUSA")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.QUESTION)
    summary = models.CharField(
        _("summary"), max_length=200, blank=True, help_text=_("One sentence for lists. Articles need one.")
    )
    audience = models.CharField(
        _("for"),
        max_length=10,
        choices=Audience.choices,
        default=Audience.DEVELOPERS,
        help_text=_("Questions of people appear in the help center, those of others in the FAQ of developers."),
    )
    topics = models.CharField(_("shown at"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100, help_text=_("Lower numbers come first."))

    # Of questions of people. Developers and agencies read English.
    translations = TranslationsField(of=("title", "body"))

    objects = HelpArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("question or article")
        verbose_name_plural = _("FAQ and articles")
        ordering = ["position", "title"]

    @property
    def is_question(self) -> bool:
        return self.kind == self.Kind.QUESTION

    @property
    def translated_title(self) -> texts.Text:
        return texts.translated(self, "title")

    @property
    def translated_html(self) -> SafeString:
        """The answer in the language of `translated_title`, or in English."""
        return markdown.render(str(texts.translated(self, "body").value), deeper=1)

    @property
    def language_of_answer(self) -> str:
        return texts.translated(self, "body").language
