"""Forms of single steps, for pages and admin alike. What may be done is decided by the verbs, not here."""

import datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps.models import App, Product
from myusa.lib.widgets import DateInput
from onboarding import calendar, uploads
from onboarding.models import Affidavit, Demo, ProductionRequest, Slot
from onboarding.models.demos import Rating
from onboarding.models.requests import eligible_products


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
        # All products are taken here, so that one that cannot go to production is refused with its reason.
        self.fields["products"].queryset = Product.objects.all()  # type: ignore[attr-defined]
        self.offered = list(eligible_products(app))
        self.fields["products"].choices = [(product.pk, product.name) for product in self.offered]  # type: ignore[attr-defined]


class VersionForm(forms.Form):
    """Nothing but the version of the request that a question was asked about."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class NoteForm(forms.Form):
    """A reason or a note; `needed` says whether the step asks for one."""

    note = forms.CharField(label=_("Note"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, needed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if needed:
            field = self.fields["note"]
            field.required, field.label = True, _("Reason")
            field.help_text = _("The team reads it on its page and in an email.")
            field.error_messages["required"] = _("Say why: this step needs a reason.")


class SendAffidavitForm(forms.Form):
    override = forms.CharField(
        label=_("Why the evidence need not be met"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It is kept with the request, and the team reads it."),
    )

    def __init__(self, *args: Any, evidence_is_met: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if evidence_is_met:
            del self.fields["override"]


class OfficerForm(forms.Form):
    officer_name = forms.CharField(label=_("Officer’s full name"), max_length=200)
    officer_title = forms.CharField(label=_("Officer’s title"), max_length=200)
    officer_email = forms.EmailField(label=_("Officer’s email address"), max_length=254)

    @classmethod
    def initial_of(cls, affidavit: Affidavit) -> dict[str, str]:
        return {name: getattr(affidavit, name) for name in cls.base_fields}


class SigningForm(forms.Form):
    """What the officer types and ticks."""

    statements = forms.TypedMultipleChoiceField(
        label=_("I affirm each of these statements"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    name = forms.CharField(
        label=_("Your full name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    title = forms.CharField(
        label=_("Your title"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization-title"})
    )
    date = forms.DateField(label=_("Today’s date"), initial=timezone.localdate, widget=DateInput())

    def __init__(self, *args: Any, affidavit: Affidavit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.affidavit = affidavit
        self.fields["statements"].choices = list(enumerate(affidavit.text.statements))  # type: ignore[attr-defined]

    def clean(self) -> None:
        given = {"name": "", "date": None, "statements": [], **self.cleaned_data}
        faults = self.affidavit.faults(name=given["name"], date=given["date"], ticked=given["statements"])
        for field, fault in faults.items():
            if field not in self.errors:
                self.add_error(field, fault)


class CopyForm(forms.Form):
    """A copy of the signed affidavit that came back by email."""

    name = forms.CharField(label=_("Name of who signed"), max_length=200)
    title = forms.CharField(label=_("Title of who signed"), max_length=200)
    date = forms.DateField(label=_("Date of the signature"), widget=DateInput())
    document = forms.FileField(label=_("The document as a PDF, at most 10 MB"))

    def clean_document(self) -> bytes:
        return uploads.read_pdf(self.cleaned_data["document"])


class SlotForm(forms.Form):
    """A time for the demo, out of the free ones."""

    slot = forms.TypedChoiceField(label=_("Time"), coerce=int, widget=forms.RadioSelect, choices=())

    def __init__(self, *args: Any, slots: list[Slot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slot"].choices = [(slot.pk, self._words(slot)) for slot in slots]  # type: ignore[attr-defined]

    def refuse(self, reason: str) -> None:
        """Say at the field why the time that was sent cannot be had, and nothing else."""
        self.errors.pop("slot", None)
        self.add_error("slot", reason)

    def _words(self, slot: Slot) -> str:
        if slot.minutes == Slot.MAX_MINUTES:
            return str(slot)
        return _("%(slot)s, %(minutes)d minutes") % {"slot": slot, "minutes": slot.minutes}


class ScorecardForm(forms.Form):
    """Pass or fail, and a comment, for each criterion of each product."""

    DECISIONS = (("pass", _("Pass")), ("fail", _("Fail")))

    def __init__(self, *args: Any, demo: Demo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.demo = demo
        for product, name, position, text in demo.criteria():
            key = f"{product}-{position}"
            self.fields[f"passed-{key}"] = forms.ChoiceField(
                label=f"{name}: {text}",
                choices=self.DECISIONS,
                widget=forms.RadioSelect,
                error_messages={"required": _("Decide about this criterion.")},
            )
            self.fields[f"comment-{key}"] = forms.CharField(
                label=_("Comment"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
            )
        self.fields["remarks"] = forms.CharField(
            label=_("Remarks on the whole demo"),
            required=False,
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 4}),
        )

    def clean(self) -> None:
        for product, _name, position, _text in self.demo.criteria():
            failed = self.cleaned_data.get(f"passed-{product}-{position}") == "fail"
            comment = f"comment-{product}-{position}"
            if failed and not self.cleaned_data.get(comment, True):
                self.add_error(comment, _("Say what failed, so that the team knows what to fix."))

    @property
    def ratings(self) -> dict[tuple[int, int], Rating]:
        decided = {"pass": True, "fail": False}
        return {
            (product, position): Rating(
                decided.get(self.cleaned_data[f"passed-{product}-{position}"]),
                self.cleaned_data[f"comment-{product}-{position}"],
            )
            for product, _name, position, _text in self.demo.criteria()
        }


class GrantForm(forms.Form):
    """Quotas for this app in place of the products' own, and a note."""

    calls_per_second = forms.IntegerField(
        label=_("Calls a second in production"), required=False, min_value=1, help_text=_("Empty: as the products say.")
    )
    calls_per_day = forms.IntegerField(
        label=_("Calls a day in production"), required=False, min_value=1, help_text=_("Empty: as the products say.")
    )
    note = forms.CharField(label=_("Note"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}))

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
        widget=DateInput(),
        validators=[MinValueValidator(datetime.date(2000, 1, 1)), MaxValueValidator(datetime.date(2200, 1, 1))],
    )

    def monday(self, otherwise: datetime.date) -> datetime.date:
        day: datetime.date = self.cleaned_data["day"] if self.is_valid() else otherwise
        return calendar.monday_of(day)
