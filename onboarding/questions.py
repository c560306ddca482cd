"""The questions of a production request, by section. Each section is a page; answers are stored by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myusa.lib.database.encryption import is_unreadable

UNREADABLE = _(
    "We can’t read these answers right now. We know about the problem, and nothing was deleted. Try again later."
)


class Kind(Enum):
    TEXT = "text"
    NAME = "name"
    LONG = "long"
    EMAIL = "email"
    PHONE = "phone"
    WEB = "web"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True)
class Question:
    name: str
    label: str | Promise
    kind: Kind = Kind.TEXT
    help: str | Promise = ""
    required: bool = True


@dataclass(frozen=True)
class Section:
    slug: str
    title: str | Promise
    questions: tuple[Question, ...]


SECTIONS = (
    Section(
        "company",
        _("Company and contacts"),
        (
            Question(
                "company_name", _("Company or agency"), help=_("The legal name of the organization behind the app.")
            ),
            Question("company_address", _("Postal address"), Kind.LONG),
            Question("contact_name", _("Contact person"), Kind.NAME),
            Question("contact_email", _("Contact person’s email address"), Kind.EMAIL),
            Question("contact_phone", _("Contact person’s phone number"), Kind.PHONE, required=False),
            Question("technical_contact_name", _("Technical contact"), Kind.NAME),
            Question("technical_contact_email", _("Technical contact’s email address"), Kind.EMAIL),
        ),
    ),
    Section(
        "app",
        _("The app"),
        (
            Question(
                "purpose",
                _("What the app does"),
                Kind.LONG,
                help=_("Use plain words, as if you explained it to someone who uses the app."),
            ),
            Question(
                "audience", _("Who it is for"), Kind.LONG, help=_("Who uses it, and about how many people per month.")
            ),
            Question("product_use", _("How it uses the requested products"), Kind.LONG),
        ),
    ),
    Section(
        "data",
        _("Personal data and security"),
        (
            Question(
                "data_storage",
                _("How personal data is stored"),
                Kind.LONG,
                help=_("Which data you store, where, for how long, how you encrypt it, and who can read it."),
            ),
            Question(
                "incident_name", _("Incident contact"), help=_("Who we call at any hour when data may be at risk.")
            ),
            Question("incident_email", _("Incident contact’s email address"), Kind.EMAIL),
            Question("incident_phone", _("Incident contact’s phone number"), Kind.PHONE),
            Question(
                "privacy_policy_url",
                _("Privacy policy"),
                Kind.WEB,
                help=_("The URL of the page that people can read."),
            ),
        ),
    ),
    Section(
        "readiness",
        _("Accessibility and readiness"),
        (
            Question(
                "section_508",
                _("Section 508 statement"),
                Kind.LONG,
                help=_("How people with disabilities can use the app, how you tested it, and what isn’t fixed yet."),
            ),
            Question(
                "staging_url",
                _("Staging address"),
                Kind.WEB,
                help=_("Where the finished app runs before it goes live."),
            ),
            Question(
                "testing_complete", _("Testing is complete and the app is ready for production"), Kind.CONFIRMATION
            ),
        ),
    ),
    Section(
        "officer",
        _("Who signs"),
        (
            Question(
                "officer_name",
                _("Officer’s full name"),
                Kind.NAME,
                help=_("An officer who can sign for the organization. They don’t need an account."),
            ),
            Question("officer_title", _("Officer’s title")),
            Question(
                "officer_email",
                _("Officer’s email address"),
                Kind.EMAIL,
                help=_("The affidavit’s signing link goes to this address."),
            ),
        ),
    ),
)
BY_SLUG = {section.slug: section for section in SECTIONS}
BY_NAME = {question.name: question for section in SECTIONS for question in section.questions}


def missing(answers: Mapping[str, Any], section: Section | None = None) -> list[Question]:
    """Return the required questions without an answer, of one section or of all."""
    asked = section.questions if section else tuple(BY_NAME.values())
    return [question for question in asked if question.required and not answers.get(question.name)]


def answered(answers: Mapping[str, Any]) -> list[tuple[Section, list[tuple[Question, Any]]]]:
    """Return all questions with their answers, by section; nothing if no key decrypts the answers."""
    if is_unreadable(answers):
        return []
    return [(section, [(q, answers.get(q.name, "")) for q in section.questions]) for section in SECTIONS]


def addresses(answers: Mapping[str, Any]) -> list[str]:
    """Return the web addresses among the answers."""
    return [url for name in ("privacy_policy_url", "staging_url") if (url := str(answers.get(name) or ""))]
