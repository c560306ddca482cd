"""The changelog: its pages, its Atom feed, and its Markdown."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from developer_apps.docs.pages import sections
from developer_apps.models import ChangelogEntry, Product

PER_PAGE = 20
IN_FEED = 50


@require_safe
def changelog(request: HttpRequest) -> HttpResponse:
    """Published entries, newest first: all, or those of the product that `product` names."""
    product = _product(request)
    entries = ChangelogEntry.objects.published().select_related("product")
    if product:
        entries = entries.filter(product=product)
    query = f"?product={product.slug}" if product else ""
    context = {
        "sections": sections(),
        "products": Product.objects.listed(),
        "product": product,
        "page_obj": Paginator(entries, PER_PAGE).get_page(request.GET.get("page")),
        "feed_url": reverse("developer_apps:changelog_feed") + query,
        "markdown_url": reverse("developer_apps:changelog_markdown") + query,
    }
    return render(request, "developer_apps/changelog/changelog.html", context)


@require_safe
def entry(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(ChangelogEntry.objects.published().select_related("product"), slug=slug)
    return render(request, "developer_apps/changelog/entry.html", {"sections": sections(), "entry": found})


@require_safe
@cache_control(public=True, max_age=300)
def feed(request: HttpRequest) -> HttpResponse:
    """The newest entries as Atom (RFC 4287)."""
    product = _product(request)
    page = request.build_absolute_uri(reverse("developer_apps:changelog"))
    atom = Atom1Feed(
        title=_("%(product)s changelog") % {"product": product.name if product else "MyUSA"},
        link=f"{page}?product={product.slug}" if product else page,
        description=_("Changes for developers"),
        feed_url=request.build_absolute_uri(),
    )
    for each in _entries(product)[:IN_FEED]:
        atom.add_item(
            title=f"{each.get_kind_display()}: {each.title}",
            link=request.build_absolute_uri(reverse("developer_apps:changelog_entry", args=[each.slug])),
            description=str(each.html_below_heading),
            pubdate=each.published_at,
            updateddate=each.changed_at,
            categories=[each.product.slug] if each.product else [],
        )
    return HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@require_safe
def as_markdown(request: HttpRequest) -> HttpResponse:
    parts = [f"# {_('Changelog')}\n"]
    for each in _entries(_product(request))[:IN_FEED]:
        kind = each.get_kind_display()
        parts.append(f"## {each.published_at:%Y-%m-%d} {kind}: {each.title}\n\n{each.portable_text}\n")
    return HttpResponse("\n".join(parts), content_type="text/markdown; charset=utf-8")


def _entries(product: Product | None) -> list[ChangelogEntry]:
    entries = ChangelogEntry.objects.published().select_related("product")
    return list((entries.filter(product=product) if product else entries)[:IN_FEED])


def _product(request: HttpRequest) -> Product | None:
    """Return the listed product that the address names; raise Http404 for another name."""
    slug = request.GET.get("product", "").replace("\x00", " ")  # a blank is in no slug
    return get_object_or_404(Product.objects.listed(), slug=slug) if slug else None
