"""The catalog of API products: a list, a page for each, and adding one to an app."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import markdown, repeats, unsaved_forms
from accounts.models.allowances import UsedUp
from accounts.unsaved_forms import survives_sign_in
from developer_apps import contributions
from developer_apps.docs import openapi
from developer_apps.docs.places import document_of, places
from developer_apps.lookup import managed_app, signed_in
from developer_apps.models import App, Product, SupportRequest
from developer_apps.models.runs import coverage
from developer_apps.products.forms import CommentForm
from developer_apps.scopes import add_product
from myusa.lib.steps import InvalidTransition


def products(request: HttpRequest) -> HttpResponse:
    return render(request, "developer_apps/products/products.html", {"products": Product.objects.listed()})


def product(request: HttpRequest, slug: str) -> HttpResponse:
    """What an API does, what it requires of an app, and its operations."""
    return _page(request, get_object_or_404(Product.objects.listed(), slug=slug), CommentForm())


@survives_sign_in
@login_required
@repeats.once
def comment(request: HttpRequest, slug: str) -> HttpResponse:
    """Send a comment on a sandbox-only product to staff, as a support request."""
    found = get_object_or_404(Product.objects.listed(), slug=slug, sandbox_only=True)
    form = CommentForm(unsaved_forms.data(request))
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        subject = _("Comment on the %(product)s") % {"product": found}
        try:
            asked = SupportRequest.objects.ask(
                signed_in(request), subject=subject, text=form.cleaned_data["text"], product=found
            )
        except UsedUp as refusal:
            form.add_error(None, str(refusal))
            status = 429
        else:
            messages.success(request, _("Your comment is sent. We emailed you a copy."))
            return repeats.done(request, redirect("developer_apps:support_request", asked.pk))
    return _page(request, found, form, status=status)


def _page(request: HttpRequest, found: Product, form: CommentForm, *, status: int = 200) -> HttpResponse:
    document = document_of(found)
    contribution = contributions.of_product(found.slug)
    covered = coverage(found)
    context = {
        "product": found,
        "places": places(found),
        "overview": markdown.render(found.overview),
        "operations": openapi.operations(document) if document else [],
        "register_query": _register_query(found),
        "criteria": [(text, covered.get(text)) for text in found.criteria],
        "guide": contribution.docs_page.slug if contribution and contribution.docs_page else "",
        "form": form,
    }
    if request.user.is_authenticated:
        apps = App.objects.manageable_by(signed_in(request)).order_by("name", "pk")
        subscribed = set(found.subscriptions.filter(app__in=apps).values_list("app_id", flat=True))
        context |= {
            "addable": [each for each in apps if each.pk not in subscribed],
            "added": [each for each in apps if each.pk in subscribed],
        }
    return render(request, "developer_apps/products/product.html", context, status=status)


def _register_query(product: Product) -> str:
    """Return what preselects the product on the form: itself, or the first scope of one that is served here."""
    if not product.is_built_in:
        return urlencode({"product": product.slug})
    return urlencode({"scope": scope}) if (scope := next(iter(product.scopes), "")) else ""


def document(request: HttpRequest, slug: str) -> HttpResponse:
    """The product's OpenAPI document."""
    found = get_object_or_404(Product.objects.listed(), slug=slug)
    content = document_of(found)
    if not content:
        return HttpResponse(status=404)
    return JsonResponse(content, headers={"Access-Control-Allow-Origin": "*"})


@login_required
@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Give an app sandbox access to a product, and register the product's scopes for it."""
    found = get_object_or_404(Product.objects.listed(), slug=slug)
    try:
        app_id = int(request.POST.get("app", ""))
    except ValueError:
        messages.error(request, _("Choose one of your apps."))
        return redirect("developer_apps:product", found.slug)
    app = managed_app(request, app_id)
    try:
        add_product(app, found, by=signed_in(request))
    except InvalidTransition as refusal:
        messages.error(request, str(refusal))
        return redirect("developer_apps:products")
    messages.success(request, _("%(app)s can use the %(product)s in the sandbox now.") % {"app": app, "product": found})
    return redirect("developer_apps:access", app.pk)
