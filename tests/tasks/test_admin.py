"""Staff can view tasks and profiles. They can't change them, and see neither texts of tasks nor profile values."""

import pytest

from profiles.models import Profile
from tasks.models import Task, TaskItem


@pytest.fixture(params=["staff", "superuser"])
def browser(request, sign_in):
    """Staff with the reviewers' permissions, and a superuser."""
    return sign_in(request.getfixturevalue(request.param))


@pytest.fixture
def rows(citizen, public_application):
    Profile.objects.of(citizen).update_values({"first_name": "Rumpelstiltskin"}, by=citizen)
    task = Task.objects.create(user=citizen, app=public_application.app, name="Move", url="https://move.example")
    TaskItem.objects.create(task=task, name="Pack the boxes")
    return task, citizen.pk


def test_staff_see_tasks_and_cannot_change_them(browser, rows):
    task, _ = rows
    for path in ("/admin/tasks/task/?state=open&q=citizen", f"/admin/tasks/task/{task.pk}/change/"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "Open Finder" in page.content.decode()
        assert not any(text in page.content.decode() for text in ("Move", "move.example", "Pack the boxes"))
    assert browser.post(f"/admin/tasks/task/{task.pk}/change/", {"name": "X"}).status_code == 403
    assert browser.get("/admin/tasks/task/add/").status_code == 403
    assert browser.post(f"/admin/tasks/task/{task.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Task.objects.get().name == "Move"


def test_staff_never_see_the_values_of_a_profile(browser, rows):
    _, user_id = rows
    for path in ("/admin/profiles/profile/", f"/admin/profiles/profile/{user_id}/change/"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "Rumpelstiltskin" not in answer.content.decode()
    assert browser.post(f"/admin/profiles/profile/{user_id}/delete/", {"post": "yes"}).status_code == 403
