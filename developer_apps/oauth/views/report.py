"""Report an app to staff, from its consent page or from the list of connected apps."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import repeats, unsaved_forms
from accounts.models.allowances import REPORTS, UsedUp
from accounts.unsaved_forms import survives_sign_in
from developer_apps.lookup import signed_in
from developer_apps.models import App, AppReport
from myusa.lib.typed_text import TextField


class ReportForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What’s wrong?"),
        choices=AppReport.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what’s wrong.")},
    )
    text = TextField(
        label=gettext_lazy("What happened?"),
        help_text=gettext_lazy("Optional. Don’t include passwords or codes."),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


@survives_sign_in
@login_required
@repeats.once
def report(request: HttpRequest, app: int) -> HttpResponse:
    """Tell staff what is wrong with an app that the person can meet: a public one, or one that they connected."""
    user = signed_in(request)
    met = Q(mode=App.Mode.PUBLIC) | Q(authorizations__user=user) | Q(team__memberships__user=user)
    found = get_object_or_404(App.objects.filter(met).distinct(), pk=app)
    form = ReportForm(unsaved_forms.data(request))
    if request.method == "POST" and form.is_valid():
        try:
            REPORTS.take(user)
        except UsedUp as refusal:
            form.add_error(None, str(refusal))
            return render(request, "developer_apps/oauth/report.html", {"app": found, "form": form}, status=429)
        AppReport.file(found, by=user, **form.cleaned_data)
        messages.success(request, _("Thank you. MyUSA staff will look into it. The app doesn’t learn who reported it."))
        return repeats.done(request, redirect("developer_apps:authorizations"))
    context = {"app": found, "form": form}
    return render(request, "developer_apps/oauth/report.html", context, status=400 if request.method == "POST" else 200)
