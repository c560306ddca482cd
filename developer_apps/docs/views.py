"""The documentation for developers, its search, the error catalog, the API reference, and the button's stylesheet."""

from uuid import UUID

from django.contrib.staticfiles import finders
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control

from accounts.models import User
from developer_apps.docs import articles, context, openapi, reader
from developer_apps.docs import search as searching
from developer_apps.docs.pages import sections
from developer_apps.models import App, Call, RefusedRequest


def article(request: HttpRequest, slug: str = context.INDEX) -> HttpResponse:
    """One article of the documentation: a page, the index, the error catalog or the reference."""
    template, values = context.of(slug)
    return render(request, template, {**values, "outline": articles.outline(slug), "reader": reader.of(request)})


def markdown(request: HttpRequest, slug: str) -> HttpResponse:
    """The same article as Markdown, for programs that read text."""
    return HttpResponse(articles.markdown(_named(slug)), content_type="text/markdown; charset=utf-8")


def error(request: HttpRequest, code: str) -> HttpResponse:
    """One error code: its cause, what to do, and an example."""
    return article(request, f"{context.ERRORS}/{code}")


def error_as_markdown(request: HttpRequest, code: str) -> HttpResponse:
    return markdown(request, f"{context.ERRORS}/{code}")


def search(request: HttpRequest) -> HttpResponse:
    """What the documentation says about the words of `q`. A trace ID is looked up in the log of one's apps."""
    query = request.GET.get("q", "").replace("\x00", "")[: searching.MAX_WORDS].strip()
    values = {
        "sections": sections(),
        "query": query,
        "apps": _apps(request, query),
        "hits": searching.find(query),
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
    values = {"sections": sections(), "docs": request.build_absolute_uri(reverse("developer_apps:docs"))}
    return render(request, "developer_apps/docs/llms.txt", values, content_type="text/markdown; charset=utf-8")


def openapi_document(request: HttpRequest) -> HttpResponse:
    return JsonResponse(openapi.document(), headers={"Access-Control-Allow-Origin": "*"})


@cache_control(public=True, max_age=86_400)
def button_stylesheet(request: HttpRequest) -> FileResponse:
    """The stylesheet of the Connect button, at an address that does not change with its content."""
    path = finders.find("button/button.css")
    if not isinstance(path, str):
        raise Http404
    return FileResponse(open(path, "rb"), content_type="text/css", headers={"Access-Control-Allow-Origin": "*"})
