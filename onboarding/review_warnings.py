"""What staff should check before they decide about a request."""

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from developer_apps import names, traffic
from developer_apps.models import App, LinkCheck
from developer_apps.traffic import Pattern
from onboarding import calendar, officers, progress, questions, runs
from onboarding.evidence import Evidence
from onboarding.holidays import holiday_on
from onboarding.models import ProductionRequest
from onboarding.states import State

PATTERNS = {
    Pattern.SINGLE_RESOURCE: _("All successful calls have the same payload or resource."),
    Pattern.QUERIES_ONLY: _("Most successful calls read the same few paths. Only the part after “?” differs."),
    Pattern.ONE_NETWORK: _("All calls came from one network, which is usual only for an app that runs on one server."),
    Pattern.SUCCESSES_ONLY: _("No call ever failed."),
    Pattern.EVEN_INTERVALS: _("The calls come at even intervals, like a script."),
    Pattern.SHORT_BURSTS: _("On each day, all calls came within 10 minutes."),
}


def about(
    request: ProductionRequest, evidence: list[Evidence], app_runs: list[runs.ProductRuns] | None = None
) -> list[str | Promise]:
    """Return warnings in plain words. None of them prevents a step. `app_runs` are those of `runs.of`, where known."""
    app, answers = request.app, request.answers
    found: list[str | Promise] = []
    if app.is_blocked:
        found.append(_("The app is blocked."))
    for name, label in (("privacy_policy_url", _("privacy policy")), ("staging_url", _("staging"))):
        address = str(answers.get(name) or "")
        if address and not address.startswith("https://"):
            found.append(_("The %(page)s address doesn’t use https: %(address)s") % {"page": label, "address": address})
    found += _organization(app, str(answers.get("company_name") or "")) + _unreachable(request)
    found += _elsewhere(request)
    last = app.production_requests.filter(state=State.DENIED).exclude(pk=request.pk).first()
    if last:
        words = _("An earlier request of this app was denied: %(reason)s")
        note = progress.latest_note(progress.history_of(last))
        found.append(words % {"reason": note.note if note else "–"})
    if app.team.admins().count() < 2:
        found.append(_("The team has only one admin. No one can act when that person is away."))
    found += names.warnings(app, app.name)
    found += officers.warnings(request)
    for each in evidence:
        if each.calls == 0:
            found.append(_("%(product)s was requested, but the app has not called it.") % {"product": each.product})
        found += [
            _("%(product)s: %(pattern)s Check the calls before you rely on them.")
            % {"product": each.product, "pattern": _words(pattern, request, each)}
            for pattern in each.spread.patterns
        ]
    found += runs.warnings(runs.of(request) if app_runs is None else app_runs)
    demo = request.booked_demo()
    if demo and not demo.has_begun and (holiday := holiday_on(calendar.eastern_day(demo.slot.starts_at))):
        found.append(_("The demo is booked for a federal holiday: %(holiday)s.") % {"holiday": holiday})
    if demo and not demo.has_begun and demo.link_due:
        words = (
            _("The demo has no meeting link. You promised it by %(due)s.")
            if demo.link_due < timezone.now()
            else _("The demo has no meeting link. Add it by %(due)s.")
        )
        found.append(words % {"due": calendar.spoken(demo.link_due)})
    found += [
        _("The demo of %(when)s has no recording link.") % {"when": held.slot}
        for held in request.demos.live().exclude(result="").filter(recording_link="")
    ]
    for product in request.products.all():
        if product.sandbox_only:
            found.append(_("%(product)s is now sandbox only. You can’t grant it.") % {"product": product})
    if request.evidence_override:
        found.append(_("The evidence was overridden: %(reason)s") % {"reason": request.evidence_override})
    return found


def _words(pattern: Pattern, request: ProductionRequest, evidence: Evidence) -> str | Promise:
    if pattern is Pattern.ONE_NETWORK:
        senders = (each.network for each in request.submissions.all())
        if any(traffic.network_digest(request.app_id, network) in evidence.spread.networks for network in senders):
            return _("All calls came from the same network as the request.")
    return PATTERNS[pattern]


def _organization(app: App, answered: str) -> list[str | Promise]:
    if not app.organization:
        return [
            _("The app doesn’t name an organization. Check that it belongs to %(organization)s.")
            % {"organization": answered or "–"}
        ]
    if answered and app.organization.casefold().strip() != answered.casefold().strip():
        facts = {"app": app.organization, "answer": answered}
        return [_("The app names another organization (%(app)s) than the answers (%(answer)s).") % facts]
    return []


def _unreachable(request: ProductionRequest) -> list[str | Promise]:
    """Return what the last fetch of each answered address says against it."""
    checks = LinkCheck.objects.of(request.app)
    found: list[str | Promise] = []
    for url in questions.addresses(request.answers):
        check = checks.get(url)
        if check and check.checked_at and not check.is_reachable:
            found.append(_("We couldn’t open %(url)s: %(problem)s") % {"url": url, "problem": check.problem})
        elif check and check.other_host:
            found.append(_("%(url)s redirects to another host: %(host)s") % {"url": url, "host": check.other_host})
    return found


def _elsewhere(request: ProductionRequest) -> list[str | Promise]:
    """Return the answered addresses whose domain has nothing to do with that of the app's website."""
    website = officers.host_of(request.app.url)
    hosts = {url: officers.host_of(url) for url in questions.addresses(request.answers)}
    return [
        _("%(url)s is not at the domain of the app’s website, %(website)s.") % {"url": url, "website": website}
        for url, host in hosts.items()
        if website and host and not (officers.are_related(host, website) or _are_siblings(host, website))
    ]


def _are_siblings(one: str, other: str) -> bool:
    """Return whether both are below the same domain, such as agency.gov."""
    parent = one.partition(".")[2]
    return "." in parent and parent == other.partition(".")[2]
