"""The FAQ and the articles that staff write."""

from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from developer_apps.docs import help as helping
from developer_apps.docs.pages import Link, neighbors, sections
from developer_apps.models import HelpArticle

AUDIENCES = (HelpArticle.Audience.DEVELOPERS, HelpArticle.Audience.AGENCIES)
_MARKDOWN = "text/markdown; charset=utf-8"


@require_safe
def faq(request: HttpRequest) -> HttpResponse:
    """All questions with their answers on one page, or those for the `audience` that the address names."""
    every = HelpArticle.objects.published().for_developers()
    audience = request.GET.get("audience", "")
    if audience and audience not in AUDIENCES:
        raise Http404
    context = {
        "sections": sections(),
        "questions": every.filter(audience=audience) if audience else every,
        "audience": audience,
        "audiences": [(each.value, each.label) for each in AUDIENCES],
        "updated": every.aggregate(newest=Max("changed_at"))["newest"],
        "markdown_url": reverse("developer_apps:faq_markdown"),
    }
    return render(request, "developer_apps/help/faq.html", context)


@require_safe
def faq_as_markdown(request: HttpRequest) -> HttpResponse:
    questions = list(HelpArticle.objects.published().for_developers())
    return HttpResponse(helping.faq_as_markdown(questions), content_type=_MARKDOWN)


@require_safe
def articles(request: HttpRequest) -> HttpResponse:
    context = {"sections": sections(), "articles": HelpArticle.objects.published().articles()}
    return render(request, "developer_apps/help/articles.html", context)


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article, between those before and after it."""
    found = get_object_or_404(HelpArticle.objects.published().articles(), slug=slug)
    order = [Link(each.slug, each.title, helping.url_of(each)) for each in HelpArticle.objects.published().articles()]
    before, after = neighbors(slug, order)
    context = {
        "sections": sections(),
        "article": found,
        "updated": found.changed_at,
        "outline": [{"anchor": anchor, "title": words} for anchor, words in found.headings],
        "before": before,
        "after": after,
        "markdown_url": reverse("developer_apps:help_article_markdown", args=[slug]),
    }
    return render(request, "developer_apps/help/article.html", context)


@require_safe
def article_as_markdown(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(HelpArticle.objects.published().articles(), slug=slug)
    return HttpResponse(helping.markdown_of(found), content_type=_MARKDOWN)
