"""A citizen's token for the public app, and a shorter way to make tasks."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from developer_apps.models import App
from tests.factories import Api, Application, make_token


@pytest.fixture
def caller(public_application: Application, citizen: User) -> Api:
    """The public app, calling for Citizen as often as it likes."""
    without_end = {"production_calls_per_second": 10**6, "production_calls_per_day": 10**9}
    App.objects.filter(pk=public_application.app.pk).update(**without_end)
    return Api(make_token(public_application, citizen, "tasks"))


@pytest.fixture
def make_task(caller: Api) -> Callable[..., dict[str, Any]]:
    """`make_task("Move", "Pack", "Drive")`: a task with its items, made by a call; returns the answer."""

    def make(name: str = "Move", *items: str, **fields: Any) -> dict[str, Any]:
        nested = [{"name": item} for item in items]
        answer = caller.post("/api/v1/tasks", {"task": {"name": name, "task_items_attributes": nested, **fields}})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return make
