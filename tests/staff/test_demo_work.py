"""The demo has something in every queue, so the README's tour can be walked."""

import pytest
from django.test import RequestFactory

from accounts.models import Allowance
from myusa.demo import seed
from myusa.lib.admin import desk
from myusa.outbox.models import OutgoingEmail

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_every_queue_has_something_and_a_second_start_adds_nothing(settings, tmp_path, sign_in):
    settings.DEMO, settings.BASE_URL = True, "http://127.0.0.1:8000"
    cast, _content = seed.seed(tmp_path)
    request = RequestFactory().get("/admin/")
    request.user = cast.users["staff"]

    counts = {str(queue.title): queue.count for queue in desk.queues(request)}

    assert len(counts) >= 12
    assert {title for title, count in counts.items() if not count} == set()
    assert counts["Public access"] >= 2
    assert counts["Recoveries of staff accounts to approve"] == 1
    assert desk.today(request)
    assert not Allowance.objects.filter(kind="requests").exists(), "a visitor may ask as often as anyone"
    page = sign_in(cast.users["staff"], second_factor=True).get("/admin/").content.decode()
    for name in ("Library Cards", "Trail Permits", "Case Signal", "Demos today"):
        assert name in page
    emails = OutgoingEmail.objects.count()
    seed.seed(tmp_path)
    assert {str(queue.title): queue.count for queue in desk.queues(request)} == counts
    assert OutgoingEmail.objects.count() == emails
