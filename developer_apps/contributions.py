"""What upper apps add to the developer portal: one `ApiContribution` each, registered in `AppConfig.ready()`."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myusa.lib.history import lines
from myusa.lib.registry import Registry

if TYPE_CHECKING:
    from accounts.models import User
    from developer_apps.models import App

Text = str | Promise

USER = "user"  # a person's token
CLIENT = "client"  # the app's own token, from the client credentials grant


@dataclass(frozen=True)
class Scope:
    """What an app may ask for. `label` speaks to the person who is asked, `developer_label` to the developer.

    `noun` names what an app reads with it within a sentence, for example “first name”; "" if it reads no field.
    `is_sensitive`: consent leaves it unchecked until the person checks it. `language` is that of the label, where it may be
    another than the page's.
    """

    name: str
    label: Text
    developer_label: Text = ""
    noun: Text = ""
    is_sensitive: bool = False
    language: str = ""

    @property
    def for_developers(self) -> Text:
        return self.developer_label or self.label


@dataclass(frozen=True)
class ScopeGroup:
    """Scopes that a page shows together under one heading.

    `request` says what an app asks for with them: “See your name”.
    """

    slug: str
    label: Text
    scopes: Sequence[Scope] = ()
    developer_label: Text = ""
    request: Text = ""

    @property
    def for_developers(self) -> Text:
        return self.developer_label or self.label


@dataclass(frozen=True)
class Page:
    """A page of the documentation: its slug in the URL, its title, what it explains, and its template.

    `goal` is what people come to it for, where that is more than to read; `errors` is how the codes begin that it explains.
    """

    slug: str
    title: Text
    summary: Text
    template: str = ""
    goal: Text = ""
    errors: str = ""

    @property
    def template_name(self) -> str:
        return self.template or f"developer_apps/docs/pages/{self.slug.replace('-', '_')}.html"


@dataclass(frozen=True)
class Example:
    """One request and its response. `answer` shows the response's shape: same names and types, other values.

    In paths, headers and bodies `{name}` is a placeholder for a value of the reader: `{access_token}`, `{client_id}`,
    `{client_secret}`, `{code}`, `{refresh_token}`, `{redirect_uri}`, `{test_user_uid}`, or the id of a row.
    """

    slug: str
    method: str
    path: str
    status: int = 200
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] | None = None
    body: dict[str, Any] | None = None
    basic: bool = False
    answer: Any = None

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers that a client sends, bearer token included (Basic is shown by the tools' own options)."""
        bearer = {"Authorization": "Bearer {access_token}"} if self.token else {}
        kind = {"Content-Type": "application/json"} if self.body is not None else {}
        return {**bearer, **kind, **self.headers}

    @property
    def answer_text(self) -> str:
        return "" if self.answer is None else json.dumps(self.answer, indent=2, ensure_ascii=False)


@dataclass(frozen=True)
class Persona:
    """A made-up person for test users. `fill` gives a test user this person's data."""

    slug: str
    name: str
    summary: Text
    fill: Callable[["User"], None]


class ConsentProvider(Protocol):
    """Knows the values behind some scopes. It ignores the scopes of others."""

    def values(self, user: "User", scopes: Collection[str]) -> dict[str, str | None]:
        """Return what would be shared, by scope, in people's words; None where the person has given nothing yet."""

    def fields(self, user: "User", scopes: Collection[str], shown: Collection[str]) -> dict[str, forms.Field]:
        """Return an optional form field for each scope whose value is missing, or whose field a page has `shown`.

        The field's `initial` is the stored value.
        """

    def save(self, user: "User", values: Mapping[str, Any], by: "User") -> None:
        """Keep the values that a person entered, by scope; empty ones change nothing."""


class ProfileForm(Protocol):
    """A form for the profile of a test user."""

    def is_valid(self) -> bool: ...
    def save(self, *, by: "User") -> object: ...


class Priority(IntEnum):
    """How pressing a next step is; pages show the most pressing first."""

    STOPPED = 0  # something that worked is blocked or suspended
    YOUR_TURN = 1
    WAITING = 2  # others have to act
    SUGGESTION = 3


@dataclass(frozen=True)
class NextStep:
    """One thing that a team should do next, with a link to the page where it happens."""

    text: Text
    link: str = ""
    link_text: Text = ""
    priority: Priority = Priority.SUGGESTION

    @property
    def waits_for_others(self) -> bool:
        return self.priority is Priority.WAITING


@dataclass(frozen=True)
class AppState:
    """The state of an app as the list of apps shows it. `kind` colors its tag."""

    label: Text
    kind: str = ""
    next_step: NextStep | None = None


@dataclass(frozen=True)
class AppPanel:
    """A panel on one of an app's pages: "overview" or "production". Panels are sorted by `order`.

    `rows` are drawn as names and values, `figures` (what they count, the number) as tiles.
    """

    title: Text
    text: Text
    link: str = ""
    link_text: Text = ""
    rows: list[tuple[Text, Text]] = field(default_factory=list)
    figures: list[tuple[Text, int]] = field(default_factory=list)
    order: int = 100
    page: str = "overview"


# The parties of flows.
BROWSER, APP, API, MYUSA, PERSON = _("Browser"), _("Your app"), _("Agency’s API"), "MyUSA", _("Person")


@dataclass(frozen=True)
class FlowStep:
    """One arrow of a sequence diagram: what goes over the wire (a response begins with its status), and a sentence."""

    sender: Text
    receiver: Text
    wire: str
    text: Text


@dataclass(frozen=True)
class Flow:
    """A sequence diagram of the documentation. `parties` are the lifelines from left to right."""

    slug: str
    title: Text
    parties: Sequence[Text]
    steps: Sequence[FlowStep]


@dataclass(frozen=True)
class ApiContribution:
    """Everything that one app adds to the portal. `name` is the app's label.

    Pages list scopes, documentation pages, examples and personas in the order of registration, which is the order of
    INSTALLED_APPS.

    `product`: the slug of the API product that the app serves.
    `scope_groups`: its scopes, with a label for people and one for developers.
    `reads`, `writes`: what calls of the product did, as a person's activity page says it: sentences with `{app}`.
    `first_call`: the path of a GET request that a new app can send first.
    `paths`: the prefixes of its paths below /api/v1.
    `docs_page`, `examples`: its page of the documentation, and the requests that pages show and tests send.
    `flows`: its sequence diagrams, which its page shows by slug.
    `consent_provider`: the values that consent shows next to its scopes.
    `personas`, `profile_form`: for test users; the form gets the user and, when it is bound, the data.
    `fill_fresh`: gives a test user data that no one else has, and returns them by label.
    `app_panels`, `next_steps`: for an app's page, each None when there is nothing to show.
    `app_states`: the states of several apps, by their primary key, with what each waits for.
    `history_verbs`: words for what the history records.
    `obligations`: what people expect of an app, in words, "" for nothing; `app_deleted`: runs before it is deleted.
    `demo_endpoints`: endpoint name and method of the calls that the demo makes up.
    """

    name: str
    product: str = ""
    scope_groups: Sequence[ScopeGroup] = ()
    reads: Text = ""
    writes: Text = ""
    first_call: str = ""
    paths: tuple[str, ...] = ()
    docs_page: Page | None = None
    examples: Sequence[Example] = ()
    flows: Sequence[Flow] = ()
    consent_provider: ConsentProvider | None = None
    personas: Sequence[Persona] = ()
    profile_form: Callable[["User", Mapping[str, Any] | None], ProfileForm] | None = None
    fill_fresh: Callable[["User"], Mapping[str, str]] | None = None
    app_panels: Sequence[Callable[["App", "User"], AppPanel | None]] = ()
    next_steps: Sequence[Callable[["App", "User"], NextStep | None]] = ()
    app_states: Callable[[Sequence["App"], "User"], Mapping[int, AppState]] | None = None
    history_verbs: Mapping[str, Text] = field(default_factory=dict)
    obligations: Callable[["App"], Text] | None = None
    app_deleted: Callable[["App"], None] | None = None
    demo_endpoints: Sequence[tuple[str, str]] = ()


registered: Registry[ApiContribution] = Registry()


def register(contribution: ApiContribution) -> None:
    """Add a contribution, or replace the one of the same name."""
    registered.register(contribution)
    lines.register_verbs(contribution.history_verbs)


def of_product(slug: str) -> ApiContribution | None:
    """Return the contribution that serves a product, or None for products of other agencies."""
    return next((each for each in registered if slug and each.product == slug), None)
