"""Who is told what at each step. Letters are rows that commit with the step; `onboarding.send` sends them."""

from typing import TYPE_CHECKING, Any

from django.conf import settings

from onboarding.models.outbox import Letter

if TYPE_CHECKING:
    from onboarding.models import Affidavit, Demo, ProductionRequest


def submitted(request: "ProductionRequest") -> None:
    _write(request, "submitted_support", [settings.SUPPORT_EMAIL])
    _write(request, "submitted", _admins(request))


def changes_requested(request: "ProductionRequest", note: str) -> None:
    _write(request, "changes_requested", _admins(request), note=note)


def affidavit_sent(request: "ProductionRequest", affidavit: "Affidavit") -> None:
    _write(request, "affidavit_officer", [affidavit.officer_email], affidavit=affidavit)
    _write(request, "affidavit_sent", _team(request), affidavit=affidavit)


def affidavit_resent(request: "ProductionRequest", affidavit: "Affidavit") -> None:
    _write(request, "affidavit_officer", [affidavit.officer_email], affidavit=affidavit)


def affidavit_signed(request: "ProductionRequest", affidavit: "Affidavit") -> None:
    _write(request, "affidavit_signed_support", [settings.SUPPORT_EMAIL], affidavit=affidavit)
    _write(request, "affidavit_signed", _admins(request), affidavit=affidavit)


def affidavit_accepted(request: "ProductionRequest") -> None:
    _write(request, "affidavit_accepted", _team(request))


def affidavit_returned(request: "ProductionRequest", affidavit: "Affidavit", note: str) -> None:
    _write(request, "affidavit_returned_officer", [affidavit.officer_email], note=note, affidavit=affidavit)
    _write(request, "affidavit_returned", _admins(request), note=note, affidavit=affidavit)


def demo_booked(request: "ProductionRequest", demo: "Demo") -> None:
    _write(request, "demo_booked", [*_team(request), settings.SUPPORT_EMAIL], demo=demo)


def demo_moved(request: "ProductionRequest", demo: "Demo") -> None:
    _write(request, "demo_moved", [*_team(request), settings.SUPPORT_EMAIL], demo=demo)


def demo_cancelled(request: "ProductionRequest", demo: "Demo") -> None:
    _write(request, "demo_cancelled", [*_team(request), settings.SUPPORT_EMAIL], demo=demo)


def demo_reminder(request: "ProductionRequest", demo: "Demo") -> None:
    _write(request, "demo_reminder", [*_team(request), settings.SUPPORT_EMAIL], demo=demo)


def demo_rated(request: "ProductionRequest", demo: "Demo") -> None:
    _write(request, f"demo_{demo.result}", _team(request), demo=demo)


def granted(request: "ProductionRequest") -> None:
    _write(request, "granted", _team(request))


def suspended(request: "ProductionRequest", note: str) -> None:
    _write(request, "suspended", _team(request), note=note)


def resumed(request: "ProductionRequest", note: str) -> None:
    _write(request, "resumed", _team(request), note=note)


def revoked(request: "ProductionRequest", note: str) -> None:
    _write(request, "revoked", _team(request), note=note)


def withdrawn(request: "ProductionRequest", note: str) -> None:
    _write(request, "withdrawn", [*_admins(request), settings.SUPPORT_EMAIL], note=note)


def denied(request: "ProductionRequest", note: str) -> None:
    _write(request, "denied", _team(request), note=note)


def _team(request: "ProductionRequest") -> list[str]:
    return list(request.app.team.members.filter(is_active=True).values_list("email", flat=True))


def _admins(request: "ProductionRequest") -> list[str]:
    return list(request.app.team.admins().filter(is_active=True).values_list("email", flat=True))


def _write(request: "ProductionRequest", name: str, to: list[str], **about: Any) -> None:
    Letter.objects.write(request, name, to, **about)
