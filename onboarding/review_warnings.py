"""What staff should check before they decide about a request."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding import calendar
from onboarding.evidence import Evidence
from onboarding.holidays import holiday_on
from onboarding.models import ProductionRequest


def about(request: ProductionRequest, evidence: list[Evidence]) -> list[str | Promise]:
    """Return warnings in plain words. None of them prevents a step."""
    app, answers = request.app, request.answers
    found: list[str | Promise] = []
    if app.is_blocked:
        found.append(_("The app is blocked."))
    for name, label in (("privacy_policy_url", _("privacy policy")), ("staging_url", _("staging"))):
        address = str(answers.get(name) or "")
        if address and not address.startswith("https://"):
            found.append(
                _("The %(page)s address does not use https: %(address)s") % {"page": label, "address": address}
            )
    if app.team.admins().count() < 2:
        found.append(_("The team has only one admin. No one can act when that person is away."))
    for each in evidence:
        if each.calls == 0:
            found.append(_("%(product)s was requested, but the app has not called it.") % {"product": each.product})
    demo = request.booked_demo()
    if demo and not demo.has_begun and (holiday := holiday_on(calendar.eastern_day(demo.slot.starts_at))):
        found.append(_("The demo is booked for a federal holiday: %(holiday)s.") % {"holiday": holiday})
    for product in request.products.all():
        if product.sandbox_only:
            found.append(_("%(product)s has become sandbox only: it will not be granted.") % {"product": product})
    if request.evidence_override:
        found.append(_("The evidence was overridden: %(reason)s") % {"reason": request.evidence_override})
    return found
