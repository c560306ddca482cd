"""What is deleted after some time, and what is deleted with an app."""

import os
import time
from pathlib import Path

from django.conf import settings

from accounts import contributions
from onboarding import jobs
from onboarding.models import ProductionRequest, RequestEmail, Signature, Slot
from onboarding.states import State


def stored(signature: Signature) -> Path:
    return Path(settings.STORAGES["default"]["OPTIONS"]["location"]) / signature.file.name


def test_deleting_an_app_deletes_its_requests(reach, developer):
    request = reach(State.DEMO_FAILED)
    request.app.remove(by=developer)
    assert not ProductionRequest.objects.exists()
    assert not RequestEmail.objects.exists()
    assert Slot.objects.exists()


def test_documents_of_deleted_apps_are_deleted_after_a_day(reach, make_app, developer):
    request = reach(State.AFFIDAVIT_SIGNED)
    signature = Signature.objects.get()
    path = stored(signature)
    assert path.exists()
    old = time.time() - 3 * 86_400
    os.utime(path, (old, old))
    jobs.purge()
    assert path.exists(), "it belongs to a signature"
    request.app.remove(by=developer)
    os.utime(path, (time.time(), time.time()))
    jobs.purge()
    assert path.exists(), "it may belong to a signature that is being stored"
    os.utime(path, (old, old))
    jobs.purge()
    assert not path.exists()


def test_answers_are_in_the_copy_of_a_persons_data(reach, developer, teammate):
    reach(State.REQUESTED)
    (mine,) = contributions.export(developer)["production_requests"]
    assert (mine["state"], mine["answers"]["company_name"]) == ("requested", "Office of Benefits")
    assert contributions.export(teammate)["production_requests"] == []
