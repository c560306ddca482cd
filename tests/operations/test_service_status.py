"""The status page: counted outcomes per service and day, incidents of staff, and what it shows without a database."""

import datetime
from xml.etree import ElementTree

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import OneTimeCode
from developer_apps.models import Call, DailyTraffic, Product, RefusedRequest
from developer_apps.models.traffic import Cause
from myusa.lib import history
from myusa.operations import demo, health, jobs, service_counts, service_status
from myusa.operations.models import ServiceCount, ServiceDay, ServiceIncident
from myusa.operations.service_counts import EMAIL, OAUTH, SANDBOX, SIGN_IN, SITE, SMS
from notifications.models import Attempt, Delivery, Notification
from tests import factories
from tests.browser import NARROW, WIDE, assert_good_page
from tests.cast import join_group

pytestmark = pytest.mark.django_db
ADD = "/admin/operations/serviceincident/add/"
TASKS = "product:tasks"
INCIDENT = {
    "title": "Texts are late",
    "impact": "degraded",
    "services": [SMS],
    "started_at": "2026-11-20T10:00",
    "ended_at": "",
    "updates-TOTAL_FORMS": "1",
    "updates-INITIAL_FORMS": "0",
    "updates-0-at": "2026-11-20T10:05",
    "updates-0-text": "We are looking into it. <b>Soon</b>",
}


@pytest.fixture(autouse=True)
def _fresh(time_machine):
    time_machine.move_to(timezone.now().replace(hour=12))  # what a test counts is all of one UTC day
    service_status.forget()
    yield
    service_status.forget()


@pytest.fixture
def app(developer):
    return factories.make_app(developer).app


def call(app, *, status=200, minutes=5, **fields):
    facts = {"environment": "sandbox", "token_kind": "client", "endpoint": "tasks", "method": "GET", "latency_us": 900}
    product = Product.objects.get(slug="tasks")
    at = timezone.now() - datetime.timedelta(minutes=minutes)
    return Call.objects.create(
        app=app, product=product, status=status, at=at, **{**facts, "outcome": "served", **fields}
    )


def begin(minutes=10):
    ServiceCount.objects.create(pk=1, counted_until=timezone.now() - datetime.timedelta(minutes=minutes))


def counts(service):
    rows = ServiceDay.objects.filter(service=service)
    return sum(row.good for row in rows), sum(row.bad for row in rows)


def shown(service):
    service_status.forget()
    return next(each for each in service_status.report().services if each.id == service)


def message(channel, outcome):
    notification = Notification.objects.create(user=factories.make_user(), sender="MyUSA", subject="News")
    delivery = Delivery.objects.create(notification=notification, channel=channel, give_up_at=timezone.now())
    Attempt.objects.create(delivery=delivery, outcome=outcome, at=timezone.now() - datetime.timedelta(minutes=5))


def test_failures_on_our_side_count_and_others_do_not(app):
    begin()
    call(app)
    call(app, status=404)
    call(app, status=503)
    call(app, status=500, outcome="simulated")
    call(app, status=500, cause=Cause.FORCED)
    call(app, status=401, outcome="refused")
    call(app, status=0, outcome="unknown")
    call(app, minutes=30)
    for outcome in ("sent", "delivered", "later", "refused"):
        message("email", outcome)
    message("sms", "error")
    jobs.count_services()
    assert counts(TASKS) == (2, 1)
    assert counts(EMAIL) == (2, 1)
    assert counts(SMS) == (0, 1)
    assert counts(SITE) == (1, 0)


def test_codes_that_were_not_sent_count_as_failed_sign_ins(citizen):
    begin()
    at = timezone.now() - datetime.timedelta(minutes=5)
    facts = {"purpose": "sign_in", "recipient": "a@example.gov", "created_at": at, "expires_at": at}
    OneTimeCode.objects.create(**facts, sent_at=at)
    OneTimeCode.objects.create(**facts, failure="unavailable")
    OneTimeCode.objects.create(**facts, failure="refused")
    OneTimeCode.objects.create(**facts, superseded_at=at)
    jobs.count_services()
    assert counts(SIGN_IN) == (1, 1)


def test_calls_with_sandbox_keys_count_for_the_sandbox_too(app):
    begin()
    call(app)
    call(app, status=503)
    call(app, environment="production")
    jobs.count_services()
    assert counts(SANDBOX) == (1, 1)
    assert counts(TASKS) == (2, 1)


def test_issued_tokens_and_failed_requests_for_them_count_for_oauth(
    application, citizen, make_token, settings, time_machine
):
    begin()
    make_token(application, age=settings.CLIENT_TOKEN_AGE)
    make_token(application, citizen, age=settings.USER_TOKEN_AGE)
    facts = {"app": application.app, "environment": "sandbox", "endpoint": "token", "cause": "x"}
    RefusedRequest.objects.create(**facts, status=400, error="invalid_grant")
    RefusedRequest.objects.create(**facts, status=503, error="temporarily_unavailable")
    time_machine.move_to(timezone.now() + datetime.timedelta(minutes=5))
    jobs.count_services()
    assert counts(OAUTH) == (2, 1)
    time_machine.move_to(timezone.now() + datetime.timedelta(minutes=5))
    jobs.count_services()
    assert counts(OAUTH) == (2, 1)


def test_counting_again_counts_nothing_twice(app):
    begin()
    call(app)
    for _run in range(3):
        jobs.count_services()
    assert counts(TASKS) == (1, 0)


def test_first_count_only_sets_the_mark(app):
    call(app)
    jobs.count_services()
    assert counts(TASKS) == (0, 0)
    assert ServiceCount.objects.count() == 1


def test_time_is_split_at_the_beginning_of_utc_days():
    since = datetime.datetime(2026, 11, 26, 23, 50, tzinfo=datetime.UTC)
    parts = list(service_counts.days(since, since + datetime.timedelta(days=1)))
    assert [(start.day, start.hour, end.day) for start, end in parts] == [(26, 23, 27), (27, 0, 27)]


def test_failed_check_shows_at_once(anonymous, monkeypatch):
    begin()
    monkeypatch.setattr(health, "parts", lambda: {"database": "ok", "redis": "down"})
    jobs.count_services()
    assert shown(SITE).status == "down"
    assert "Some services have problems" in anonymous.get("/status").content.decode()


def test_late_results_correct_a_day(app):
    day = (timezone.now() - datetime.timedelta(days=1)).astimezone(datetime.UTC).date()
    ServiceDay.objects.create(service=TASKS, day=day, good=1)
    facts = {"day": day, "app": app, "product": Product.objects.get(slug="tasks"), "environment": "sandbox"}
    DailyTraffic.objects.create(**facts, endpoint="tasks", status=200, calls=40, outcome="reported")
    DailyTraffic.objects.create(**facts, endpoint="tasks", status=500, calls=10, outcome="reported")
    DailyTraffic.objects.create(**facts, endpoint="tasks", status=500, calls=9, outcome="simulated")
    jobs.settle_services()
    assert counts(TASKS) == counts(SANDBOX) == (40, 10)
    assert shown(TASKS).days[-2].status == "degraded"


@pytest.mark.parametrize(
    ("good", "bad", "status"),
    [(0, 0, "no_data"), (5, 0, "operational"), (0, 2, "operational"), (98, 3, "degraded"), (3, 3, "down")],
)
def test_status_follows_from_the_share_of_failures(good, bad, status):
    ServiceDay.objects.create(service=TASKS, day=timezone.now().astimezone(datetime.UTC).date(), good=good, bad=bad)
    assert shown(TASKS).days[-1].status == status


def test_without_data_the_page_says_so(anonymous):
    page = anonymous.get("/status").content.decode()
    assert "There is no current data." in page
    assert "90 days without data." in page
    assert shown(TASKS).status == "no_data"
    assert shown(TASKS).availability is None


def test_old_counts_are_not_the_current_status(app):
    begin()
    call(app)
    jobs.count_services()
    assert shown(TASKS).status == "operational"
    ServiceCount.objects.update(counted_until=timezone.now() - datetime.timedelta(hours=1))
    assert shown(TASKS).status == "no_data"
    assert shown(TASKS).days[-1].status == "operational"


def test_service_keeps_its_status_for_an_hour_without_use(app, time_machine):
    begin()
    for status in (503, 503, 503):
        call(app, status=status)
    jobs.count_services()
    assert shown(TASKS).status == "down"
    for minutes, expected in ((50, "down"), (20, "no_data")):
        time_machine.move_to(timezone.now() + datetime.timedelta(minutes=minutes))
        jobs.count_services()
        assert shown(TASKS).status == expected
    time_machine.move_to(timezone.now() + datetime.timedelta(minutes=10))
    call(app)
    jobs.count_services()
    assert shown(TASKS).status == "operational"
    assert shown(TASKS).days[-1].status == "down"


def test_open_incident_is_the_status_of_its_services(anonymous, sign_in, superuser):
    browser = sign_in(superuser)
    response = browser.post(ADD, INCIDENT)
    assert response.status_code == 302, response.content.decode()
    incident = ServiceIncident.objects.get()
    assert incident.services == SMS
    assert shown(SMS).status == "degraded"
    assert shown(EMAIL).status == "no_data"
    page = anonymous.get("/status").content.decode()
    assert "Texts are late" in page
    assert "&lt;b&gt;Soon&lt;/b&gt;" in page
    (line,) = history.of(incident)
    assert line.additional_data["verb"] == "added"


def test_incident_that_ends_before_it_starts_is_refused_and_kept(sign_in, superuser):
    page = sign_in(superuser).post(ADD, {**INCIDENT, "ended_at": "2026-11-19T10:00"}).content.decode()
    assert "Enter a time after the start." in page
    assert "We are looking into it." in page
    assert not ServiceIncident.objects.exists()


def test_read_only_staff_write_no_incidents(sign_in, make_user):
    reader = make_user("reader@example.gov", is_staff=True)
    join_group(reader, "Staff read-only")
    assert sign_in(reader).post(ADD, INCIDENT).status_code == 403
    assert not ServiceIncident.objects.exists()


def test_json_has_the_same_without_numbers_of_calls_and_for_every_site(anonymous, app):
    begin()
    call(app)
    jobs.count_services()
    demo_incident = ServiceIncident.objects.create(title="Maintenance tonight", impact="maintenance")
    response = anonymous.get("/status.json")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "public" in response["Cache-Control"]
    assert not response.cookies
    found = response.json()
    assert found["status"] == "maintenance"
    assert [each["id"] for each in found["incidents"]] == [demo_incident.pk]
    assert {len(each["days"]) for each in found["services"]} == {90}
    assert not {"good", "bad"} & set(found["services"][0]["days"][0])
    assert [each["id"] for each in found["services"]][:6] == [SITE, SIGN_IN, OAUTH, EMAIL, SMS, SANDBOX]


def test_feed_has_incidents_with_their_updates(anonymous, sign_in, superuser):
    sign_in(superuser).post(ADD, INCIDENT)
    feed = ElementTree.fromstring(anonymous.get("/status.atom").content)
    atom = "{http://www.w3.org/2005/Atom}"
    (entry,) = feed.findall(f"{atom}entry")
    assert entry.findtext(f"{atom}title") == "Degraded: Texts are late"
    assert "We are looking into it." in entry.findtext(f"{atom}summary")


@pytest.mark.parametrize("path", ["/status.json", "/status.atom"])
def test_programs_read_the_same_names_whatever_their_language(anonymous, path):
    Product.objects.filter(slug="tasks").update(translations={"es": {"name": "API de tareas"}})
    ServiceIncident.objects.create(title="Short outage", impact="down")
    service_status.forget()
    anonymous.cookies["django_language"] = "es"
    spanish = anonymous.get(path, headers={"Accept-Language": "es"})
    assert spanish.get("Content-Language", "en") == "en"
    assert not {"Accept-Language", "Cookie"} & set(spanish.get("Vary", "").split(", "))
    assert spanish.content == anonymous.get(path, headers={"Accept-Language": "en"}).content
    text = spanish.content.decode()
    assert "Tasks API" in text if path.endswith("json") else "Down: Short outage" in text
    page = anonymous.get("/status", headers={"Accept-Language": "es"})
    assert page["Content-Language"] == "es"
    assert "API de tareas" in page.content.decode()


def test_demo_has_a_current_status_of_every_service_and_keeps_what_it_did_itself(app):
    for _start in range(2):
        call(app, status=404)
        demo.seed(Cast())
        service_status.forget()
        assert {each.status for each in service_status.report().services} == {"operational"}
    today = timezone.now().astimezone(datetime.UTC).date()
    assert ServiceDay.objects.get(service=TASKS, day=today).good == 1, "nothing is added to real use"


def test_page_is_cached_for_everyone_unless_it_names_someone(anonymous, sign_in, citizen):
    assert "public" in anonymous.get("/status")["Cache-Control"]
    signed_in = sign_in(citizen).get("/status")
    assert "private" in signed_in["Cache-Control"]
    assert "public" not in signed_in["Cache-Control"]


def test_page_needs_few_statements_and_none_while_it_is_cached(
    anonymous, django_assert_max_num_queries, django_assert_num_queries
):
    ServiceIncident.objects.create(title="Short outage", impact="down")
    with django_assert_max_num_queries(5):
        anonymous.get("/status")
    with django_assert_num_queries(0):
        anonymous.get("/status")
        anonymous.get("/status.json")


def test_without_a_database_the_last_status_is_shown_and_marked_as_old(anonymous, monkeypatch, time_machine):
    ServiceIncident.objects.create(title="Known before", impact="degraded")
    monkeypatch.setattr(service_status, "CACHED_SECONDS", 0)
    anonymous.get("/status")

    def fail(now):
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(service_status, "_read", fail)
    page = anonymous.get("/status").content.decode()
    assert "We can’t read the current status right now." in page
    assert "Known before" in page
    found = anonymous.get("/status.json").json()
    assert (found["isCurrent"], found["status"]) == (False, "no_data")


def test_old_days_are_deleted(db):
    today = timezone.now().date()
    for age in (10, 200):
        ServiceDay.objects.create(service=SITE, day=today - datetime.timedelta(days=age), good=1)
    jobs.purge()
    assert ServiceDay.objects.count() == 1


class Cast:
    def tell(self, *words):
        pass


@pytest.mark.browser
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_page_is_good(new_page, base_url, width):
    demo.seed(Cast())
    demo.seed(Cast())
    assert ServiceIncident.objects.count() == 1
    ServiceIncident.objects.create(title="Planned work", impact="maintenance", services=SITE)
    page = new_page(width)
    page.goto(f"{base_url}/status")
    assert page.get_by_text("Text messages are delayed").count()
    assert_good_page(page)
