"""The questions, a page for each section. Every valid answer is saved right away."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import unsaved_forms
from accounts.guards import person
from accounts.unsaved_forms import survives_sign_in
from myusa.lib.database import encryption
from myusa.lib.steps import InvalidTransition
from onboarding import questions
from onboarding.forms.answers import SectionForm
from onboarding.steps.request import save_answers
from onboarding.views.lookup import visible_request


@survives_sign_in
@login_required
def section(request: HttpRequest, request_id: int, slug: str) -> HttpResponse:
    """Show and save the answers of one section."""
    found = visible_request(request, request_id)
    asked = questions.BY_SLUG.get(slug)
    if asked is None:
        raise Http404
    if not found.is_editable or not found.app.is_managed_by(person(request)):
        if request.method == "POST":
            messages.error(request, _("You can't change these answers now."))
        return redirect("onboarding:answers", found.pk)
    is_unreadable = encryption.is_unreadable(found.answers)
    if is_unreadable and request.method != "POST":
        return redirect("onboarding:answers", found.pk)
    form = SectionForm(unsaved_forms.data(request), section=asked, initial=found.answers)
    if is_unreadable:
        messages.error(
            request,
            _("We didn’t save your answers, because we can’t read the earlier ones right now. Try again later."),
        )
    elif request.method == "POST":
        before = _given(found.answers)
        try:
            save_answers(found, form.valid_answers, by=person(request))
        except InvalidTransition as refusal:
            messages.error(request, str(refusal))
            return redirect(found)
        if form.is_valid():
            messages.success(request, _("Your answers are saved."))
            following = _after(asked) if "next" in request.POST else None
            return redirect("onboarding:section", found.pk, following.slug) if following else redirect(found)
        if _given(found.answers) != before:
            messages.warning(request, _("The other answers on this page are saved."))
    context = {
        "production_request": found,
        "app": found.app,
        "section": asked,
        "number": questions.SECTIONS.index(asked) + 1,
        "count": len(questions.SECTIONS),
        "following": _after(asked),
        "form": form,
        "missing": questions.missing(found.answers, asked),
    }
    return render(request, "onboarding/section.html", context, status=400 if request.method == "POST" else 200)


@login_required
def answers(request: HttpRequest, request_id: int) -> HttpResponse:
    """Show the current answers and each copy that was sent."""
    found = visible_request(request, request_id)
    context = {
        "production_request": found,
        "app": found.app,
        "answers": questions.answered(found.answers),
        "submissions": [
            (each, questions.answered(each.answers)) for each in found.submissions.select_related("submitted_by")
        ],
        "is_editable": found.is_editable and found.app.is_managed_by(person(request)),
    }
    return render(request, "onboarding/answers.html", context)


def _given(answers: dict[str, Any]) -> dict[str, Any]:
    """Leave out blanks: a saved blank is not an answer."""
    return {name: value for name, value in answers.items() if value}


def _after(asked: questions.Section) -> questions.Section | None:
    position = questions.SECTIONS.index(asked) + 1
    return questions.SECTIONS[position] if position < len(questions.SECTIONS) else None
