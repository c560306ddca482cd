"""Account support starts, follows and cancels recoveries of accounts here."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms.fields import EmailField
from accounts.guards import person
from accounts.models import AccountRecovery, User
from accounts.work import ClaimFilter, QueueMixin
from myusa.lib.admin.actions import ActionAdmin, AdminAction
from myusa.lib.steps import InvalidTransition
from myusa.lib.typed_text import TextField

_FIELDS = ("user", "kind", "new_email", "reason")


class RecoveryForm(forms.ModelForm):
    email = EmailField(
        label=gettext_lazy("Email address of the account"),
        help_text=gettext_lazy("The address that the person signs in with."),
    )
    new_email = EmailField(
        label=gettext_lazy("New email address"),
        required=False,
        help_text=gettext_lazy("Only to replace a lost email address. The person will sign in with it."),
    )

    by: User

    class Meta:
        model = AccountRecovery
        fields = ("email", "kind", "new_email", "reason")
        field_classes = {"reason": TextField}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_email = cleaned.get("kind") == AccountRecovery.Kind.EMAIL
        if is_email and not cleaned.get("new_email"):
            self.add_error("new_email", _("Enter the new email address."))
        if not is_email:
            cleaned["new_email"] = ""
        user = User.objects.filter(email=cleaned.get("email", "")).first()
        if user is None:
            self.add_error("email", _("No account has this email address."))
        elif not self.errors:
            try:
                AccountRecovery.objects.refuse_impossible(
                    user, kind=cleaned["kind"], by=self.by, new_email=cleaned["new_email"]
                )
            except InvalidTransition as refusal:
                self.add_error(None, str(refusal))
        return {**cleaned, "user": user}


def cancel(recovery: AccountRecovery, *, by: User) -> None:
    recovery.cancel(by=by)


def approve(recovery: AccountRecovery, *, by: User) -> None:
    recovery.approve(by=by)


def approved(recovery: AccountRecovery) -> str:
    if recovery.effective_at <= timezone.now():
        return _("The recovery of %(user)s is approved. It takes effect in a few minutes.") % {"user": recovery.user}
    at = date_format(localtime(recovery.effective_at), "DATETIME_FORMAT")
    facts = {"user": recovery.user, "at": at}
    return _("The recovery of %(user)s is approved. It takes effect on %(at)s.") % facts


class OpenFilter(admin.SimpleListFilter):
    title = gettext_lazy("open")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("Open")), ("approval", _("Waiting for a second superuser"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "approval":
            return queryset.to_approve()
        return queryset.open() if self.value() == "yes" else queryset


@admin.register(AccountRecovery)
class AccountRecoveryAdmin(QueueMixin, ActionAdmin):
    """Recoveries take effect by themselves, except those of accounts of staff: they are a queue for superusers."""

    decides_on_page = True
    list_display = ("user", "kind", "state", "effective_at", "requested_at", "requested_by", "approved_by")
    list_filter = (OpenFilter, ClaimFilter, "kind", "requested_at")
    list_select_related = ("user", "requested_by", "approved_by")
    search_fields = ("user__email",)
    search_help_text = gettext_lazy("Email address of the account")
    fields = (
        *_FIELDS,
        "state",
        "requested_by",
        "approved_by",
        "requested_at",
        "effective_at",
        "canceled_at",
        "done_at",
    )
    readonly_fields = fields
    row_actions = (
        AdminAction(
            "approve",
            gettext_lazy("Approve the recovery"),
            gettext_lazy("A second superuser must check who asks before a staff account is recovered."),
            approve,
            lambda recovery: recovery.waits_for_approval,
            needs_reason=False,
            done=approved,
        ),
        AdminAction(
            "cancel",
            gettext_lazy("Cancel the recovery"),
            gettext_lazy("The account doesn’t change. The person gets an email."),
            cancel,
            lambda recovery: recovery.is_open,
            needs_reason=False,
        ),
    )

    def describe(self, obj: AccountRecovery) -> str:
        return f"{obj.user}: {obj.get_kind_display()}"

    def waiting(self, request: HttpRequest) -> QuerySet[AccountRecovery]:
        """Return what this person can approve, the oldest first."""
        return AccountRecovery.objects.approvable_by(person(request)).order_by("requested_at", "pk")

    def offered(self, request: HttpRequest, obj: AccountRecovery) -> list[AdminAction]:
        offered = super().offered(request, obj)
        can_approve = obj.is_approvable_by(person(request))
        return [action for action in offered if can_approve or action.slug != "approve"]

    def work_on(self, request: HttpRequest, obj: AccountRecovery) -> dict[str, Any] | None:
        """Show claims and notes on a recovery that waits for approval, and the notes later; others are no one's work."""
        is_work = obj.waits_for_approval or obj.staff_notes.exists()
        return super().work_on(request, obj) if is_work else None

    @admin.display(description=gettext_lazy("state"))
    def state(self, recovery: AccountRecovery) -> str:
        return recovery.state

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounts.add_accountrecovery")  # type: ignore[union-attr]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the person from whose page staff come. Their key is in the address, their email is not."""
        key = request.GET.get("person", "")
        user = User.objects.filter(pk=int(key)).first() if key.isdecimal() else None
        return {"email": user.email, "kind": AccountRecovery.Kind.SECOND_FACTOR} if user else {}

    def get_fields(self, request: HttpRequest, obj: AccountRecovery | None = None) -> Any:
        return self.fields if obj else RecoveryForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: AccountRecovery | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_form(
        self, request: HttpRequest, obj: AccountRecovery | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        return (
            super().get_form(request, obj, change, **kwargs)
            if obj
            else type("Form", (RecoveryForm,), {"by": person(request)})
        )

    def save_model(self, request: HttpRequest, obj: AccountRecovery, form: Any, change: bool) -> None:
        """Begin the recovery, which emails the person."""
        values = form.cleaned_data
        begun = AccountRecovery.objects.begin(
            values["user"],
            kind=values["kind"],
            reason=values["reason"],
            by=person(request),
            new_email=values["new_email"],
        )
        obj.__dict__.update(begun.__dict__)

    def subject_of_history(self, obj: AccountRecovery) -> User:
        return obj.user
