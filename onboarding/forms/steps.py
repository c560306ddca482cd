"""Forms of the steps, for pages and the admin. The journeys decide whether a step is allowed, not the forms."""

import datetime
from itertools import groupby
from typing import Any, Self
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import EmailField
from developer_apps.models import App, Product
from myusa.lib.messages.names import person_name
from myusa.lib.steps import InvalidTransition
from myusa.lib.typed_text import TextField
from myusa.lib.widgets import DateInput
from onboarding import calendar, evidence, runs, time_zones, uploads
from onboarding.models import Affidavit, Demo, ProductionRequest, Slot
from onboarding.models.demos import Rating
from onboarding.states import Step
from onboarding.steps.request import eligible_products


class StepForm(forms.Form):
    """A form that the admin shows before a step."""

    @classmethod
    def for_step(cls, step: Step, request: ProductionRequest, **bound: Any) -> Self:
        """Return the form for `step` of `request`; `bound` holds `data` and `files` of a POST."""
        return cls(**bound)


class StartForm(forms.Form):
    """Which of the app's products the request is for."""

    products = forms.ModelMultipleChoiceField(
        label=_("Products"),
        queryset=Product.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one product.")},
    )

    def __init__(self, *args: Any, app: App, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Every product is accepted here: one that cannot go to production is refused with its reason.
        self.fields["products"].queryset = Product.objects.all()  # type: ignore[attr-defined]
        self.offered = list(eligible_products(app))
        self.fields["products"].choices = [(product.pk, product.name) for product in self.offered]  # type: ignore[attr-defined]
        if len(self.offered) == 1:
            self.initial.setdefault("products", [self.offered[0].pk])


class VersionForm(forms.Form):
    """The version of the request that a confirm page was shown for."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class NoteForm(StepForm):
    """A reason or a note. `needed` makes it required."""

    note = TextField(label=_("Note"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, needed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if needed:
            field = self.fields["note"]
            field.required, field.label = True, _("Reason")
            field.help_text = _("The team reads it on its page and in an email.")
            field.error_messages["required"] = _("Enter a reason.")

    @classmethod
    def for_step(cls, step: Step, request: ProductionRequest, **bound: Any) -> Self:
        return cls(**bound, needed=step.needs_note)


class SendAffidavitForm(StepForm):
    override = TextField(
        label=_("Why the evidence doesn’t need to be complete"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("We store it with the request. The team can read it."),
    )

    def __init__(self, *args: Any, evidence_is_met: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if evidence_is_met:
            del self.fields["override"]

    @classmethod
    def for_step(cls, step: Step, request: ProductionRequest, **bound: Any) -> Self:
        return cls(**bound, evidence_is_met=all(each.is_met for each in evidence.of(request)))


class OfficerForm(StepForm):
    officer_name = TextField(
        label=_("Officer’s full name"),
        max_length=200,
        validators=[person_name],
        error_messages={"required": _("Enter the officer’s full name.")},
    )
    officer_title = TextField(
        label=_("Officer’s title"), max_length=200, error_messages={"required": _("Enter the officer’s title.")}
    )
    officer_email = EmailField(
        label=_("Officer’s email address"), error_messages={"required": _("Enter the officer’s email address.")}
    )

    @classmethod
    def initial_of(cls, affidavit: Affidavit) -> dict[str, str]:
        """Return the person that the officer named instead, or the officer again."""
        return affidavit.named or {name: getattr(affidavit, name) for name in cls.base_fields}

    @classmethod
    def for_step(cls, step: Step, request: ProductionRequest, **bound: Any) -> Self:
        last = Affidavit.objects.latest_of(request)
        return cls(**bound, initial=cls.initial_of(last) if last else {})


class SigningForm(forms.Form):
    """What the officer types and checks."""

    statements = forms.TypedMultipleChoiceField(
        label=_("I affirm each of these statements"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Check every statement to sign.")},
    )
    name = TextField(
        label=_("Your full name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your full name.")},
    )
    title = TextField(
        label=_("Your title"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
        error_messages={"required": _("Enter your title.")},
    )
    date = forms.DateField(
        label=_("Today’s date"),
        initial=timezone.localdate,
        widget=DateInput(),
        error_messages={"required": _("Enter today’s date.")},
    )

    def __init__(self, *args: Any, affidavit: Affidavit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.affidavit = affidavit
        self.fields["statements"].choices = list(enumerate(affidavit.text.statements))  # type: ignore[attr-defined]
        self.fields["name"].help_text = _("Type it exactly like this: %(name)s") % {"name": affidavit.officer_name}

    def clean(self) -> None:
        given = {"name": "", "date": None, "statements": [], **self.cleaned_data}
        faults = self.affidavit.faults(name=given["name"], date=given["date"], checked=given["statements"])
        for field, fault in faults.items():
            if field not in self.errors:
                self.add_error(field, fault)


class ReplyForm(forms.Form):
    """What a team writes to staff about a suspension."""

    text = TextField(
        label=_("Your reply"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Say what you fixed and how you know it works."),
        error_messages={"required": _("Write what you fixed.")},
    )


class DeclineForm(forms.Form):
    reason = TextField(
        label=_("Reason (optional)"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The app’s team and MyUSA staff read it."),
    )


class ReferForm(forms.Form):
    """The person the officer names instead of themselves."""

    officer_name = TextField(
        label=_("Full name"),
        max_length=200,
        validators=[person_name],
        error_messages={"required": _("Enter the person’s full name.")},
    )
    officer_title = TextField(
        label=_("Title"), max_length=200, error_messages={"required": _("Enter the person’s title.")}
    )
    officer_email = forms.EmailField(
        label=_("Email address"), max_length=254, error_messages={"required": _("Enter the person’s email address.")}
    )


class CopyForm(StepForm):
    """A copy of the signed affidavit that came back by email, with the number and version that are printed on it."""

    number = TextField(
        label=_("Document number"),
        max_length=40,
        help_text=_("At the bottom of each page, for example 12-34."),
        error_messages={"required": _("Enter the document number.")},
    )
    text_version = forms.IntegerField(
        label=_("Version of the text"),
        min_value=1,
        help_text=_("At the bottom of each page, for example 3."),
        error_messages={"required": _("Enter the version of the text.")},
    )
    name = TextField(
        label=_("Signer’s name"), max_length=200, error_messages={"required": _("Enter the signer’s name.")}
    )
    title = TextField(
        label=_("Signer’s title"), max_length=200, error_messages={"required": _("Enter the signer’s title.")}
    )
    date = forms.DateField(
        label=_("Date of the signature"),
        widget=DateInput(),
        error_messages={"required": _("Enter the date of the signature.")},
    )
    document = forms.FileField(
        label=_("Signed document (PDF, at most 10 MB)"), error_messages={"required": _("Choose the signed document.")}
    )
    is_checked = forms.BooleanField(
        label=_("I compared the text. Record it even though the number or the version differs."), required=False
    )

    @classmethod
    def for_step(cls, step: Step, request: ProductionRequest, **bound: Any) -> Self:
        return cls(**bound, affidavit=Affidavit.objects.latest_of(request))

    def __init__(self, *args: Any, affidavit: Affidavit | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.affidavit = affidavit

    def clean(self) -> None:
        """Warn about a copy of another sending or version than the current one."""
        given, current = self.cleaned_data, self.affidavit
        is_checked = given.pop("is_checked", False)
        if current is None or is_checked:
            return
        if given.get("number", current.number) != current.number:
            self.add_error("number", _("The current document is number %(number)s.") % {"number": current.number})
        if given.get("text_version", current.text.version) != current.text.version:
            words = _("The current text is version %(version)d.") % {"version": current.text.version}
            self.add_error("text_version", words)

    def clean_document(self) -> bytes:
        return uploads.read_pdf(self.cleaned_data["document"])


class SlotForm(forms.Form):
    """A free time for the demo, grouped by the days of the reader's time zone."""

    slot = forms.TypedChoiceField(
        label=_("Time"),
        coerce=int,
        widget=forms.RadioSelect,
        choices=(),
        error_messages={"required": _("Choose a time.")},
    )

    def __init__(self, *args: Any, slots: list[Slot], zone: ZoneInfo = calendar.EASTERN, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = groupby(slots, key=lambda slot: time_zones.day_of(slot.starts_at, zone))
        self.fields["slot"].choices = [  # type: ignore[attr-defined]
            (day, [(slot.pk, self._words(slot, zone)) for slot in of_the_day]) for day, of_the_day in days
        ]

    def refuse(self, reason: str) -> None:
        """Show `reason` at the field as its only error."""
        self.errors.pop("slot", None)
        self.add_error("slot", reason)

    def _words(self, slot: Slot, zone: ZoneInfo) -> str:
        words = time_zones.time_of(slot.starts_at, zone)
        if slot.minutes == Slot.MAX_MINUTES:
            return words
        return _("%(slot)s, %(minutes)d minutes") % {"slot": words, "minutes": slot.minutes}


class ScheduleForm(NoteForm):
    """A free time, also within the notice, and why staff book it."""

    SHOWN = 30
    slot = forms.ModelChoiceField(
        label=_("Time"), queryset=Slot.objects.none(), error_messages={"required": _("Choose a time.")}
    )
    field_order = ("slot", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Any slot is accepted here: one that is taken or closed is refused with its reason.
        field: Any = self.fields["slot"]
        field.queryset = Slot.objects.all()
        free = Slot.objects.free(within_notice=True)[: self.SHOWN]
        field.choices = [("", "---------"), *((slot.pk, str(slot)) for slot in free)]


class ScorecardForm(StepForm):
    """Pass or fail, and a comment, for each criterion of each product; not applicable, if the product allows it.

    `others_passed` decides about each criterion that has no decision of its own.
    """

    DECISIONS = (("pass", _("Pass")), ("fail", _("Fail")))
    NOT_APPLICABLE = ("not_applicable", _("Not applicable"))

    @classmethod
    def for_step(cls, step: Step, request: ProductionRequest, **bound: Any) -> Self:
        demo = request.booked_demo()
        if demo is None:
            raise InvalidTransition(_("No demo is booked."))
        return cls(**bound, demo=demo)

    def __init__(self, *args: Any, demo: Demo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.demo = demo
        self.fields["others_passed"] = forms.BooleanField(
            label=_("Every criterion passed, except those that I mark"), required=False
        )
        proofs = runs.proofs_by_criterion(demo.request)
        allowing = {each.pk for each in demo.request.grantable_products() if each.allows_not_applicable}
        for product, name, position, text in demo.criteria():
            key = f"{product}-{position}"
            self.fields[f"passed-{key}"] = forms.ChoiceField(
                label=f"{name}: {text}",
                choices=(*self.DECISIONS, self.NOT_APPLICABLE) if product in allowing else self.DECISIONS,
                widget=forms.RadioSelect,
                required=False,
                help_text=runs.words(proofs[product, position]),
            )
            self.fields[f"comment-{key}"] = TextField(
                label=_("Comment"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
            )
        self.fields["remarks"] = TextField(
            label=_("Remarks on the whole demo"),
            required=False,
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 4}),
        )

    def clean(self) -> None:
        others = "pass" if self.cleaned_data.pop("others_passed", False) else ""
        for product, _name, position, _text in self.demo.criteria():
            key = f"passed-{product}-{position}"
            self.cleaned_data[key] = self.cleaned_data.get(key) or others
            if not self.cleaned_data[key] and key not in self.errors:
                self.add_error(key, _("Decide about this criterion."))
            decision = self.cleaned_data.get(key)
            comment = f"comment-{product}-{position}"
            if decision == "fail" and not self.cleaned_data.get(comment, True):
                self.add_error(comment, _("Say what failed, so the team knows what to fix."))
            if decision == self.NOT_APPLICABLE[0] and not self.cleaned_data.get(comment, True):
                self.add_error(comment, _("Say why the criterion is not applicable."))
        if not self.errors:
            self.cleaned_data["ratings"] = self._ratings()

    def _ratings(self) -> dict[tuple[int, int], Rating]:
        decided = {"pass": True, "fail": False}
        return {
            (product, position): Rating(
                decided.get(self.cleaned_data[f"passed-{product}-{position}"]),
                self.cleaned_data[f"comment-{product}-{position}"],
                is_applicable=self.cleaned_data[f"passed-{product}-{position}"] != self.NOT_APPLICABLE[0],
            )
            for product, _name, position, _text in self.demo.criteria()
        }


class GrantForm(StepForm):
    """Quotas of this app that replace the products' own, and a note."""

    calls_per_second = forms.IntegerField(
        label=_("Calls per second in production"),
        required=False,
        min_value=1,
        help_text=_("Leave empty to use the quota of each product."),
    )
    calls_per_day = forms.IntegerField(
        label=_("Calls per day in production"),
        required=False,
        min_value=1,
        help_text=_("Leave empty to use the quota of each product."),
    )
    note = TextField(label=_("Note"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}))

    @classmethod
    def for_step(cls, step: Step, request: ProductionRequest, **bound: Any) -> Self:
        return cls(**bound, request=request)

    def __init__(self, *args: Any, request: ProductionRequest, **kwargs: Any) -> None:
        initial = {
            "calls_per_second": request.app.production_calls_per_second,
            "calls_per_day": request.app.production_calls_per_day,
        }
        super().__init__(*args, **{"initial": initial, **kwargs})


class WeekForm(forms.Form):
    """Which week of demos to show."""

    day = forms.DateField(
        label=_("Week of"),
        error_messages={"required": _("Enter a day of the week.")},
        widget=DateInput(),
        validators=[MinValueValidator(datetime.date(2000, 1, 1)), MaxValueValidator(datetime.date(2200, 1, 1))],
    )

    def monday(self, otherwise: datetime.date) -> datetime.date:
        day: datetime.date = self.cleaned_data["day"] if self.is_valid() else otherwise
        return calendar.monday_of(day)
