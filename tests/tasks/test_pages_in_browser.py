"""The tasks page in a real browser: every state is accessible, on a phone, by keyboard and without script."""

import pytest

from tasks.models import Task, TaskItem
from tests.browser import NARROW, WIDE, assert_good_page, sign_in
from tests.factories import make_app

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tasks(public_application, citizen):
    """An open task with items, one with a long name of another app, a done one, a dismissed one, and 25 more."""
    app, other = public_application.app, make_app(name="Another App With A Rather Long Name", public=True).app
    task = Task.objects.create(app=app, user=citizen, name="Move out", url="https://moving.example/")
    items = [TaskItem(name="Pack", url="https://moving.example/pack"), TaskItem(name="W" * 255), TaskItem(name="Drive")]
    TaskItem.objects.add(task, items, after=0)
    task.items.first().complete()
    Task.objects.create(app=other, user=citizen, name="Ünïcödé " * 30, url="https://other.example/")
    Task.objects.create(app=app, user=citizen, name="Done already").complete()
    Task.objects.create(app=app, user=citizen, name="Not now").dismiss()
    Task.objects.bulk_create([Task(app=app, user=citizen, name=f"Number {number}") for number in range(25)])
    return task


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("query", ["", "?page=2", "?show=done", "?show=dismissed"])
def test_lists_are_good(new_page, base_url, citizen, tasks, query, width):
    page = new_page(width=width)
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/tasks/{query}")
    assert_good_page(page)


@pytest.mark.parametrize("query", ["", "?show=done", "?show=dismissed"])
def test_empty_lists_are_good(new_page, base_url, citizen, query):
    page = new_page(width=NARROW)
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/tasks/{query}")
    assert_good_page(page)


def test_person_ticks_completes_and_dismisses_without_script(new_page, base_url, citizen, tasks):
    page = new_page(java_script_enabled=False)
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/tasks/?page=2")
    card = page.locator(f"#task-{tasks.pk}")
    tick = card.get_by_role("button", name="Drive")
    assert tick.get_attribute("aria-pressed") == "false"
    tick.click()
    assert page.url.endswith(f"?page=2#task-{tasks.pk}")
    assert card.get_by_role("button", name="Drive").get_attribute("aria-pressed") == "true"
    assert "2 of 3" in card.inner_text()
    card.get_by_role("button", name="Mark as done").click()
    assert page.locator(f"#task-{tasks.pk}").count() == 0
    page.get_by_role("link", name="Done", exact=True).click()
    page.locator(f"#task-{tasks.pk}").get_by_role("button", name="Dismiss").click()
    page.get_by_role("link", name="Dismissed").click()
    page.locator(f"#task-{tasks.pk}").get_by_role("button", name="Bring back").click()
    tasks.refresh_from_db()
    assert tasks.is_done
    assert tasks.dismissed_at is None


def test_item_is_ticked_by_keyboard(page, base_url, citizen, tasks):
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/tasks/?page=2")
    page.locator(f"#task-{tasks.pk}").get_by_role("button", name="Drive").focus()
    page.keyboard.press("Space")
    page.wait_for_url(f"**#task-{tasks.pk}")
    assert {item.name: item.is_done for item in TaskItem.objects.all()}["Drive"]


def test_tasks_are_filtered_by_app(page, base_url, citizen, tasks):
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/tasks/")
    page.get_by_label("App", exact=True).select_option(label="Another App With A Rather Long Name")
    page.get_by_role("button", name="Show").click()
    assert page.locator(".task").count() == 1
