"""What staff read before they take a step, where the words depend on the request."""

from typing import TYPE_CHECKING

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from onboarding.models import ProductionRequest


def send_affidavit(request: "ProductionRequest") -> str:
    answers = request.answers
    return _("The link goes to %(name)s, %(title)s (%(email)s). We email the team how we rate its demo.") % {
        "name": answers.get("officer_name", ""),
        "title": answers.get("officer_title", ""),
        "email": answers.get("officer_email", ""),
    }


def rate_demo(request: "ProductionRequest") -> str:
    demo = request.booked_demo()
    return _("The demo was on %(when)s. We email the result and your comments to the team.") % {
        "when": demo.slot if demo else "–"
    }


def grant(request: "ProductionRequest") -> str:
    return " ".join(
        _("%(product)s: %(second)s calls per second and %(day)s per day, unless you set other numbers.")
        % {
            "product": product,
            "second": intcomma(product.production_calls_per_second),
            "day": intcomma(product.production_calls_per_day),
        }
        for product in request.grantable_products()
    )
