"""The parts of a request's page: each folds to one line that says how far it is. What the next step needs is unfolded."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from myusa.lib.history.lines import Line
from onboarding.evidence import Evidence
from onboarding.models import Demo, ProductionRequest, Signature
from onboarding.runs import ProductRuns
from onboarding.states import State

SIGNING = (State.AFFIDAVIT_SENT, State.AFFIDAVIT_SIGNED)
RATED = (State.DEMO_FAILED, State.DEMO_PASSED)


@dataclass(frozen=True)
class Part:
    """One part: `slug` names its template and its anchor, `words` say what is in it, `tag` and `kind` how far it is."""

    slug: str
    title: str
    words: str = ""
    tag: str = ""
    kind: str = ""
    is_open: bool = False

    @property
    def template(self) -> str:
        return f"onboarding/parts/{self.slug}.html"


def usage(request: ProductionRequest, figures: Sequence[Evidence]) -> Part:
    criteria = [criterion for each in figures for criterion in each.criteria]
    full = sum(criterion.is_met for criterion in criteria)
    is_met = full == len(criteria)
    return Part(
        "usage",
        _("Sandbox usage"),
        _("Calls with your sandbox keys. MyUSA staff see the same figures."),
        _("%(full)d of %(all)d bars full") % {"full": full, "all": len(criteria)} if criteria else "",
        "good" if is_met else "waiting",
        is_open=request.is_editable and not is_met,
    )


def calls(*, is_filtered: bool) -> Part:
    return Part("calls", _("Some of your calls"), _("The sample that MyUSA staff see."), is_open=is_filtered)


def scenarios(app_runs: Sequence[ProductRuns]) -> Part:
    proofs = [proof for each in app_runs for proof in each.proofs]
    proven = sum(proof.is_proven for proof in proofs)
    provable = sum(proof.is_enough for proof in proofs)
    return Part(
        "scenarios",
        _("Scenarios"),
        _("Runs that show step by step what your app does."),
        _("%(proven)d of %(all)d criteria proven") % {"proven": proven, "all": provable} if provable else "",
        "good" if proven == provable else "waiting",
    )


def questions(request: ProductionRequest, missing: int) -> Part:
    to_do = ngettext("%(number)d answer missing", "%(number)d answers missing", missing) % {"number": missing}
    return Part(
        "questions",
        _("Questions"),
        _("About your organization, the app, personal data, accessibility and who signs."),
        to_do if missing else _("Done"),
        "waiting" if missing else "good",
        is_open=request.is_editable and bool(missing),
    )


def affidavit(request: ProductionRequest, signatures: Sequence[Signature]) -> Part:
    last = max(signatures, key=lambda signature: signature.pk, default=None)
    is_accepted = last is not None and last.decision == Signature.Decision.ACCEPTED
    is_pending = last is not None and last.decision == Signature.Decision.PENDING
    return Part(
        "affidavit",
        _("Affidavit"),
        _("What your officer signs."),
        _("Accepted") if is_accepted else _("Signed") if is_pending else _("Not signed yet"),
        "good" if is_accepted else "waiting",
        is_open=request.state in SIGNING,
    )


def demos(request: ProductionRequest, rated: Sequence[Demo]) -> Part:
    last = max(rated, key=lambda demo: demo.pk)
    kind = "good" if last.result == Demo.Result.PASSED else "bad"
    return Part(
        "demos",
        _("Demos"),
        _("The scorecard of each demo."),
        last.get_result_display(),
        kind,
        is_open=request.state in RATED,
    )


def history(lines: Sequence[Line]) -> Part:
    return Part("history", _("History"), _("Last: %(what)s.") % {"what": lines[0].what} if lines else "")
