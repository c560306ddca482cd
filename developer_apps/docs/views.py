"""The documentation for developers, its search, the error catalog, the API reference, and the button's stylesheet."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

from django.contrib.staticfiles import finders
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control

from accounts.models import User
from developer_apps.docs import articles, context, dates, openapi, reader, starters
from developer_apps.docs import search as searching
from developer_apps.docs.pages import goals, sections
from developer_apps.models import App, Call, HelpArticle, RefusedRequest, deprecations
from myusa.lib.http.errors import ErrorCode

FREQUENCY_DAYS = 30


def article(request: HttpRequest, slug: str = context.INDEX) -> HttpResponse:
    """One article of the documentation: a page, the index, the error catalog or the reference."""
    template, values = context.of(slug)
    values |= {"outline": articles.outline(slug), "reader": reader.of(request), "updated": dates.of(slug)}
    if slug == context.ERRORS and (words := _words(request)):
        values |= {"words": words, "codes": [each for each in values["codes"] if _has(each, words)]}
    return render(request, template, values)


def markdown(request: HttpRequest, slug: str) -> HttpResponse:
    """The same article as Markdown, for programs that read text."""
    return HttpResponse(articles.markdown(_named(slug)), content_type="text/markdown; charset=utf-8")


def error(request: HttpRequest, code: str) -> HttpResponse:
    """One error code: its cause, what to do, and an example."""
    slug = f"{context.ERRORS}/{code}"
    template, values = context.of(slug)
    found = values["error"]
    values |= {"reader": reader.of(request), "frequency": _frequency(request, found), "updated": dates.of(slug)}
    return render(request, template, values)


def _frequency(request: HttpRequest, error: ErrorCode) -> list[tuple[App, int]]:
    """Return how often the person's apps got an error in the last FREQUENCY_DAYS, the most frequent first."""
    if not isinstance(request.user, User):
        return []
    apps = {app.pk: app for app in App.objects.visible_to(request.user)}
    since = timezone.now() - timedelta(days=FREQUENCY_DAYS)
    found: Counter[int] = Counter()
    failed = Call.objects.filter(status__gte=400)
    for rows in (failed, RefusedRequest.objects.all()):
        mine = rows.filter(app__in=apps, error=error.code, at__gte=since).order_by()
        found.update(dict(mine.values_list("app").annotate(number=Count("pk"))))
    return [(apps[pk], number) for pk, number in found.most_common()]


def _words(request: HttpRequest) -> str:
    return request.GET.get("code", "").replace("\x00", "")[: searching.MAX_WORDS].strip()


def _has(error: ErrorCode, words: str) -> bool:
    """Return whether an error has all words, in its code, status or message."""
    text = f"{error.code} {error.code.replace('_', ' ')} {error.status} {error.message}".casefold()
    return all(word in text for word in words.casefold().split())


def error_as_markdown(request: HttpRequest, code: str) -> HttpResponse:
    return markdown(request, f"{context.ERRORS}/{code}")


def search(request: HttpRequest) -> HttpResponse:
    """What the documentation says about the words of `q`. A trace ID is looked up in the log of one's apps."""
    query = request.GET.get("q", "").replace("\x00", "")[: searching.MAX_WORDS].strip()
    values = {
        "sections": sections(),
        "query": query,
        "apps": _apps(request, query),
        "found": searching.find(query),
        "goals": goals(),
    }
    return render(request, "developer_apps/docs/search.html", values)


def _apps(request: HttpRequest, query: str) -> list[App]:
    """Return the apps of the person whose log has this trace ID."""
    if not isinstance(request.user, User):
        return []
    try:
        trace_id = UUID(query)
    except ValueError:
        return []
    logged = [rows.filter(trace_id=trace_id).values("app") for rows in (Call.objects, RefusedRequest.objects)]
    return list(App.objects.visible_to(request.user).filter(Q(pk__in=logged[0]) | Q(pk__in=logged[1])))


def _named(slug: str) -> str:
    """Return the path of the article whose Markdown has this name: the first page is `index`; raise Http404."""
    found = context.INDEX if slug == "index" else slug
    if found not in context.paths():
        raise Http404
    return found


def llms_text(request: HttpRequest) -> HttpResponse:
    """The list of all articles as Markdown, by the convention of llmstxt.org."""
    values = {
        "sections": sections(),
        "docs": request.build_absolute_uri(reverse("developer_apps:docs")),
        "site": request.build_absolute_uri("/").rstrip("/"),
        "articles": HelpArticle.objects.published().articles(),
    }
    return render(request, "developer_apps/docs/llms.txt", values, content_type="text/markdown; charset=utf-8")


@cache_control(public=True, max_age=3600)
def starter(request: HttpRequest, folder: str) -> HttpResponse:
    """A starter app as a zip file."""
    if folder not in starters.STARTERS:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="myusa-starter-{folder}.zip"'}
    return HttpResponse(starters.archive(folder), content_type="application/zip", headers=headers)


def openapi_document(request: HttpRequest) -> HttpResponse:
    return JsonResponse(openapi.document(deprecations.current()), headers={"Access-Control-Allow-Origin": "*"})


@cache_control(public=True, max_age=86_400)
def button_stylesheet(request: HttpRequest) -> FileResponse:
    """The stylesheet of the Connect button, at an address that does not change with its content."""
    path = finders.find("button/button.css")
    if not isinstance(path, str):
        raise Http404
    return FileResponse(open(path, "rb"), content_type="text/css", headers={"Access-Control-Allow-Origin": "*"})
