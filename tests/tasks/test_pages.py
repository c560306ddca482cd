"""People view, complete and dismiss their tasks; no one else can."""

import threading

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import contributions
from tasks.changes import ItemChange, TaskChange, change_task, locked_task
from tasks.models import Task, TaskItem
from tests.factories import make_app, make_user
from tests.pages import tight
from tests.statements import statements


@pytest.fixture
def add(public_application, citizen):
    """`add("Move", "Pack", app=…, user=…)`: a task with items, as an app makes it."""

    def make(name="Move", *items, app=None, user=None, **fields):
        task = Task.objects.create(app=(app or public_application).app, user=user or citizen, name=name, **fields)
        TaskItem.objects.add(task, [TaskItem(name=item) for item in items], after=0)
        return task

    return make


@pytest.fixture
def browser(sign_in, citizen):
    return sign_in(citizen)


def page(browser, query=""):
    answer = browser.get(f"/tasks/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def press(browser, task, verb, **data):
    return browser.post(reverse("tasks:change", args=[task.pk, verb]), data)


def test_page_needs_a_sign_in(anonymous, db):
    assert anonymous.get("/tasks/")["Location"].startswith("/users/sign_in")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "Nothing to do"),
        ("?show=done", "No completed tasks yet"),
        ("?show=dismissed", "No dismissed tasks"),
        ("?show=x&app=x&page=x", "Nothing to do"),
    ],
)
def test_empty_lists_say_why(browser, query, text):
    assert text in page(browser, query)


def test_list_shows_tasks_with_app_link_and_progress(browser, add):
    add("Move out", "Pack", "Drive", url="https://moving.example/x")
    next(item for item in TaskItem.objects.all() if item.name == "Pack").complete()
    text = page(browser)
    assert "Move out" in text
    assert "Open Finder" in text
    assert "1 of 2" in text
    assert '<a class="usa-button" href="https://moving.example/x" rel="noopener' in tight(text)


def test_item_is_ticked_and_unticked(browser, add):
    add("Move", "Pack")
    item = TaskItem.objects.get()
    answer = browser.post(
        reverse("tasks:change_item", args=[item.pk, "complete"]), {"back": "/tasks/?page=2&show=done&evil=1"}
    )
    assert answer["Location"] == f"/tasks/?show=done&page=2#task-{item.task_id}"
    item.refresh_from_db()
    assert item.is_done
    assert not Task.objects.get().is_done
    browser.post(reverse("tasks:change_item", args=[item.pk, "reopen"]))
    item.refresh_from_db()
    assert not item.is_done


@pytest.mark.django_db(transaction=True)
def test_tick_waits_for_a_call_of_the_app_that_changes_the_same_item(browser, add):
    task = add("Move", "Pack")
    item = TaskItem.objects.get()
    answers = []

    def tick():
        try:
            answers.append(browser.post(reverse("tasks:change_item", args=[item.pk, "complete"])).status_code)
        finally:
            connection.close()

    person = threading.Thread(target=tick)
    with transaction.atomic():
        locked_task(task.app_id, task.user_id, task.pk)
        person.start()
        person.join(timeout=0.5)
        change_task(task.app_id, task.user_id, task.pk, TaskChange(items=[ItemChange(item.pk, {"name": "Load"})]))
    person.join()

    item.refresh_from_db()
    assert answers == [302]
    assert (item.name, item.is_done) == ("Load", True)


def test_task_is_completed_with_its_items_and_reopened_as_it_was(browser, add):
    task = add("Move", "Pack", "Drive")
    next(item for item in TaskItem.objects.all() if item.name == "Pack").complete()
    press(browser, task, "complete")
    assert Task.objects.get().is_done
    assert all(item.is_done for item in TaskItem.objects.all())
    assert "Move" not in page(browser)
    assert "Move" in page(browser, "?show=done")
    press(browser, task, "reopen")
    assert not Task.objects.get().is_done
    assert [item.name for item in TaskItem.objects.all() if item.is_done] == ["Pack"]


def test_dismissed_task_leaves_the_list_until_it_is_brought_back(browser, add):
    task = add("Move")
    press(browser, task, "dismiss")
    assert "Move" not in page(browser)
    assert "Move" in page(browser, "?show=dismissed")
    before = Task.objects.get().updated_at
    press(browser, task, "bring-back")
    assert "Move" in page(browser)
    assert Task.objects.get().updated_at == before == task.updated_at


@pytest.mark.parametrize("verb", ["complete", "dismiss"])
def test_pressing_twice_changes_nothing_more(browser, add, verb):
    task = add("Move")
    press(browser, task, verb)
    first = Task.objects.get()
    assert press(browser, task, verb).status_code == 302
    second = Task.objects.get()
    assert (first.completed_at, first.dismissed_at) == (second.completed_at, second.dismissed_at)


def test_list_is_filtered_by_app(browser, add):
    other = make_app(name="Other App", public=True)
    add("Mine")
    add("Theirs", app=other)
    assert "Mine" in page(browser)
    filtered = page(browser, f"?app={other.app.pk}")
    assert "Theirs" in filtered
    assert "Mine" not in filtered
    assert "No tasks from this app here" in page(browser, f"?app={other.app.pk}&show=done")


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/?show=done",
        "//evil.example",
        "javascript:alert(1)",
        "/tasks/?next=https://evil.example",
        "\r\nX: y",
    ],
)
def test_forms_lead_back_to_the_list_only(browser, add, back):
    answer = press(browser, add("Move"), "complete", back=back)
    assert answer["Location"] in ("/tasks/", "/tasks/?show=done")


@pytest.mark.parametrize("verb", ["complete", "reopen", "dismiss", "bring-back"])
def test_strangers_change_nothing(sign_in, outsider, add, verb):
    task = add("Move", "Pack")
    stranger = sign_in(outsider)
    assert press(stranger, task, verb).status_code == 404
    item = TaskItem.objects.get()
    assert stranger.post(reverse("tasks:change_item", args=[item.pk, "complete"])).status_code == 404
    assert not TaskItem.objects.get().is_done
    assert "Move" not in page(stranger)


def test_reading_addresses_changes_nothing(browser, add):
    task = add("Move")
    assert browser.get(reverse("tasks:change", args=[task.pk, "complete"])).status_code == 405
    assert browser.post(f"/tasks/{task.pk}/explode").status_code == 404
    assert not Task.objects.get().is_done


def test_forms_are_protected_against_other_sites(citizen, sign_in, add):
    task = add("Move")
    browser = sign_in(citizen, Client(enforce_csrf_checks=True))
    assert press(browser, task, "complete").status_code == 403
    assert not Task.objects.get().is_done


def test_texts_of_apps_are_shown_as_text(browser, add):
    add("<b>bold</b>", "<script>alert(1)</script>")
    text = page(browser)
    assert "<script>alert(1)" not in text
    assert "&lt;b&gt;bold" in text


def test_links_of_a_blocked_app_are_left_out(browser, add, public_application, superuser):
    add("Move", url="https://moving.example/x")
    public_application.app.block(by=superuser, reason="Phishing")
    text = page(browser)
    assert "Move" in text
    assert "https://moving.example/x" not in text


def test_long_list_comes_in_pages(browser, add):
    for number in range(45):
        add(f"Task number {number}.")
    assert "Task number 44." in page(browser)
    assert "Task number 24." in page(browser, "?page=2")
    last = page(browser, "?page=99")
    assert "Task number 0." in last


def test_statements_do_not_grow_with_rows(browser, add):
    add("First", "a", "b")
    page(browser)
    with statements() as few:
        page(browser)
    for number in range(12):
        add(f"Task {number}", "a", "b", "c", app=make_app(name=f"App {number}"))
    with statements() as many:
        page(browser)
    assert len(many) == len(few)


def test_home_panel_counts_open_tasks(rf, add, citizen):
    add("Open")
    add("Other person", user=make_user())
    add("Done").complete()
    add("Dismissed").dismiss()
    request = rf.get("/")
    request.user = citizen
    panel = next(panel for panel in contributions.home_panels(request) if panel.link == "/tasks/")
    assert (panel.text, [item.text for item in panel.items]) == ("1 task is open.", ["Open"])


def test_copy_of_ones_data_has_the_tasks(add, citizen):
    add("Move", "Pack")
    add("Theirs", user=make_user())
    (task,) = contributions.export(citizen)["tasks"]
    assert (task["name"], task["app"], task["items"][0]["name"]) == ("Move", "Open Finder", "Pack")


def test_tasks_go_with_their_person_and_outlive_their_app(add, citizen, public_application, developer):
    add("Move", "Pack")
    citizen.delete()
    assert not Task.objects.exists()
    other = make_user()
    add("Move", "Pack", user=other)
    public_application.app.remove(by=developer)
    assert Task.objects.get().was_closed
    assert TaskItem.objects.exists()
