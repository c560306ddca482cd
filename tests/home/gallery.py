"""A URL map with a page that shows every component and every kind of field in every state."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from myusa.home import errors
from myusa.lib.widgets import DateInput, DateTimeInput, TimeInput
from myusa.urls import urlpatterns as real

STATES = [("AL", "Alabama"), ("AK", "Alaska"), ("AZ", "Arizona")]


class EverythingForm(forms.Form):
    name = forms.CharField(label="Name of the app", help_text="As people will see it.", max_length=40)
    email = forms.EmailField(label="Contact", required=False)
    website = forms.URLField(label="Website", help_text="It begins with https.", assume_scheme="https")
    about = forms.CharField(label="What it does", widget=forms.Textarea(attrs={"rows": 3}))
    state = forms.ChoiceField(label="State", choices=[("", "Choose one"), *STATES])
    grouped = forms.ChoiceField(label="Place", choices=[("West", STATES[1:]), ("South", STATES[:1])], required=False)
    mode = forms.ChoiceField(
        label="Who may sign in",
        choices=[("a", "My team"), ("b", "Everyone")],
        widget=forms.RadioSelect,
        help_text="Later too.",
    )
    scopes = forms.MultipleChoiceField(
        label="Scopes", choices=[("Name", STATES[:2]), ("About you", STATES[2:])], widget=forms.CheckboxSelectMultiple
    )
    agree = forms.BooleanField(label="I accept the terms", help_text="Of July.")
    day = forms.DateField(label="Day", widget=DateInput())
    hour = forms.TimeField(label="Hour", widget=TimeInput())
    moment = forms.DateTimeField(label="Moment", widget=DateTimeInput(), required=False)
    amount = forms.IntegerField(label="Amount", min_value=1, max_value=9)
    file = forms.FileField(label="Signed copy", help_text="A PDF of at most 5 MB.")
    fixed = forms.CharField(label="Fixed", disabled=True, initial="cannot change", required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> None:
        raise forms.ValidationError("The two do not fit together.")


PAGE = """
{% extends "base.html" %}
{% block title %}Gallery{% endblock %}
{% block breadcrumbs %}{% include "includes/breadcrumbs.html" with text_1="Apps" url_1="/" text_2="Benefit Finder" url_2="/" current="Gallery" only %}{% endblock %}
{% block side %}<nav class="side-nav" aria-labelledby="side"><h2 id="side">Settings</h2><ul><li><a href="/" aria-current="page">Account</a></li><li><a href="/">Security</a></li><li><a href="/">Notifications</a></li></ul></nav>{% endblock %}
{% block content %}
  <div class="title-row"><h1>Everything there is</h1><a class="usa-button" href="/">New application</a></div>
  <p class="lead">A first sentence that says what this page is for.</p>
  <form class="usa-form" method="post" enctype="multipart/form-data" novalidate>
    {% csrf_token %}{{ form }}
    <div class="actions"><button class="usa-button" type="submit">Save</button><a class="usa-link" href="/">Cancel</a></div>
  </form>
  <h2>Components</h2>
  {% include "components/alert.html" with kind="info" text="Something to know." only %}
  {% include "components/alert.html" with kind="warning" title="Careful" text="Something to note." link="/" link_text="More" only %}
  {% include "components/alert.html" with kind="success" text="It worked." only %}
  {% include "components/alert.html" with kind="error" text="It did not." only %}
  <p>{% include "components/status_tag.html" with text="Private" only %} {% include "components/status_tag.html" with text="Public" kind="good" only %}
  {% include "components/status_tag.html" with text="Pending" kind="waiting" only %} {% include "components/status_tag.html" with text="Blocked" kind="bad" only %}
  {% include "components/status_tag.html" with text="Sandbox" kind="info" only %}</p>
  {% include "components/card_list.html" with cards=cards level=3 only %}
  {% include "components/empty_state.html" with title="No apps yet" text="Register one; its keys work at once." link="/" link_text="New application" only %}
  <h2>Facts</h2>
  {% include "components/facts.html" with facts=facts only %}
  {% include "components/step_indicator.html" with steps=steps current=3 label="Production request" only %}
  {% include "components/progress.html" with label="Calls" value=40 needed=100 only %}
  {% include "components/progress.html" with label="Days" value=5 needed=5 only %}
  {% include "components/table.html" with caption="Calls by day" head=head rows=rows numbers=True only %}
  {% include "components/table.html" with caption="None" head=head empty="No calls yet." only %}
  {% include "components/pagination.html" with page=page %}
  {% include "components/secret.html" with id="s1" value="msk_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a" label="Secret" only %}
  {% include "components/copy.html" with id="s2" value="curl -H 'Authorization: Bearer …' https://my.example.gov/api/v1/profile" label="Command" block=True only %}
  {% include "components/app_logo.html" with name="Benefit Finder" only %}
  <details class="fold"><summary>More of it</summary><p>Folded away.</p></details>
  <ol class="timeline"><li><span class="when">July 4</span><p>Registered</p></li><li><span class="when">July 5</span><p>Asked for public access</p></li></ol>
  <pre tabindex="0"><code>{"errors": [{"code": "TASK_NAME_REQUIRED", "message": "…", "category": "VALIDATION"}]}</code></pre>
{% endblock %}
"""

CONFIRM = """
{% extends "base.html" %}
{% block title %}Delete{% endblock %}
{% block content %}{% include "components/confirm_form.html" with title="Delete the app?" text="This cannot be taken back." notices=notices button="Delete" cancel="/" cancel_text="Keep the app" danger=True form=form %}{% endblock %}
"""


class TypeTheName(forms.Form):
    name = forms.CharField(label="Type the name of the app")


def everything(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Saved.")
    messages.error(request, "Not saved.")
    context = {
        "form": EverythingForm(request.POST or None, request.FILES or None, label_suffix=""),
        "cards": [
            {"title": "My tasks", "text": "2 tasks are open.", "link": "/", "link_text": "Open my tasks", "count": 2},
            {
                "title": "Benefit Finder",
                "text": "Finds benefits.",
                "link": "/",
                "link_text": "Open",
                "status": "Public",
                "status_kind": "good",
            },
            {"title": "Profile", "text": "It is empty.", "link": "/"},
        ],
        "facts": [("Client ID", "3f0c1e"), ("Team", "Benefits Team"), ("Terms", "")],
        "steps": ["Request", "Affidavit", "Demo", "Go live"],
        "head": ["Day", "Calls", "Errors"],
        "rows": [["July 1", 120, 3], ["July 2", 98, 0]],
        "page": Paginator(range(200), 10).get_page(request.GET.get("page")),
    }
    return HttpResponse(engines["django"].from_string(PAGE).render(context, request))


def confirm(request: HttpRequest) -> HttpResponse:
    context = {"form": TypeTheName(), "notices": ["Its 3 users are signed out.", "Its keys stop working."]}
    return HttpResponse(engines["django"].from_string(CONFIRM).render(context, request))


def fails(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a bug")


urlpatterns = [
    path("gallery", everything),
    path("gallery/confirm", confirm),
    path("gallery/fails", fails),
    path("api/v1/fails", fails),
    *real,
]
handler400, handler403 = errors.bad_request, errors.permission_denied
handler404, handler500 = errors.page_not_found, errors.server_error
