"""A production request to print: its answers as they were sent, and its scorecards, or a blank one to fill in."""

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from onboarding import calendar, documents, questions

if TYPE_CHECKING:
    from onboarding.models import Demo, ProductionRequest, Submission


def of(request: "ProductionRequest") -> bytes:
    """Return the document."""
    sent = request.submissions.first()
    answers = sent.answers if sent else request.answers
    sections = [
        (str(section.title), [(str(question.label), _value(value)) for question, value in pairs])
        for section, pairs in questions.answered(answers)
    ]
    note = _("These answers have not been sent yet.") if sections and not sent else ""
    rated = [_card(demo) for demo in request.demos.exclude(result="").select_related("slot")]
    return documents.written(
        "request.typ",
        {
            "title": _("Production request %(number)d: %(app)s") % {"number": request.pk, "app": request.app.name},
            "footer": _("Production request %(number)d") % {"number": request.pk},
            "record": [
                (_("App"), request.app.name),
                (_("Organization"), request.app.organization or "–"),
                (_("Products"), ", ".join(product.name for product in request.products.all()) or "–"),
                (_("State"), str(request.get_state_display())),
                *([(_("Answers"), _sent(sent))] if sent else []),
            ],
            "answers_heading": _("Answers"),
            "answers_note": note if sections else _("We can’t read these answers right now. Nothing was deleted."),
            "sections": sections,
            "scorecard_heading": _("Demo"),
            "columns": [_("Criterion"), _("Pass or fail"), _("Comment")],
            "scorecards": rated or _blank_cards(request),
        },
        at=timezone.now(),
    )


def _sent(submission: "Submission") -> str:
    facts = {"when": calendar.spoken(submission.submitted_at), "number": submission.number}
    return _("Copy %(number)d, sent on %(when)s") % facts


def _value(value: Any) -> str:
    return _("Yes") if value is True else str(value or "–")


def _card(demo: "Demo") -> dict[str, Any]:
    """Return the scorecard of a rated demo."""
    rows = [
        (f"{score.product}: {score.criterion}", score.result, score.comment or "–")
        for score in demo.scores.select_related("product")
    ]
    return {"title": f"{demo.slot}: {demo.get_result_display()}", "rows": rows, "remarks": demo.remarks}


def _blank_cards(request: "ProductionRequest") -> list[dict[str, Any]]:
    """Return a scorecard of each product to fill in by hand."""
    return [
        {"title": product.name, "rows": [(text, " ", " ") for text in product.criteria], "remarks": ""}
        for product in request.grantable_products()
        if product.criteria
    ]
