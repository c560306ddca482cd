"""The FAQ and the articles: where pages link to them, and their Markdown for programs and the search."""

import re
from collections.abc import Iterator

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from developer_apps.docs.articles import Section
from developer_apps.docs.pages import pages
from developer_apps.models import HelpArticle

# Places of the portal that show what is written for them. The others are the pages of the documentation.
PLACES = {
    "my-apps": _("My apps, when there are none"),
    "test-users": _("Test users, when there are none"),
    "traffic": _("Traffic and log, when there are no calls"),
    "error-page": _("Error pages of the portal"),
    "production-building": _("Production request: build and answer"),
    "production-review": _("Production request: review"),
    "production-affidavit": _("Production request: affidavit"),
    "production-demo": _("Production request: demo"),
    "production-live": _("Production request: go live, suspended"),
}
_HEADING = re.compile(r"^## +(.+)$", re.MULTILINE)


def topics() -> list[tuple[str, str | Promise]]:
    """Return where a question or article can be shown: slug and name."""
    of_docs = [(page.slug, _("Documentation: %(page)s") % {"page": page.title}) for page in pages().values()]
    return [*PLACES.items(), *of_docs]


def url_of(article: HelpArticle) -> str:
    if article.is_question and article.audience == HelpArticle.Audience.PEOPLE:
        return f"{reverse('home:help')}#{article.slug}"
    if article.is_question:
        return f"{reverse('developer_apps:faq')}#{article.slug}"
    return reverse("developer_apps:help_article", args=[article.slug])


def markdown_of(article: HelpArticle) -> str:
    """Return an article as Markdown under its title, with absolute links."""
    return f"# {article.title}\n\n{article.portable_text}\n"


def faq_as_markdown(questions: list[HelpArticle]) -> str:
    parts = [f"## {each.title}\n\n{_HEADING.sub(_one_deeper, each.portable_text)}\n" for each in questions]
    return "\n".join([f"# {_('FAQ')}\n", *parts])


def _one_deeper(heading: re.Match[str]) -> str:
    return f"#{heading[0]}"


def sections_of(article: HelpArticle) -> Iterator[Section]:
    """Return what the search finds: the whole answer of a question, or an article by its headings."""
    if article.is_question:
        yield Section(article.title, "", [article.text])
        return
    parts = _HEADING.split(article.text)
    yield Section(article.title, "", [article.summary, parts[0]])
    for (anchor, words), text in zip(article.headings, parts[2::2], strict=False):
        yield Section(words, anchor, [text])
