"""Fill the demo by the verbs of the site, and write `demo.json`, from which programs learn its people and keys."""

import json
import os
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.models import User
from myusa.demo import people, registered_apps, tour
from myusa.lib.demo import Cast, merged

# In the order of the layers: each may build on the ones before it.
CONTRIBUTORS = ["accounts", "profiles", "developer_apps", "tasks", "notifications", "onboarding", "myusa.operations"]


def seed(folder: Path) -> tuple[Cast, dict[str, Any]]:
    """Bring people, apps and every app's own contribution into the database; return the cast and demo.json's content.

    The second time it changes nothing but addresses, if the port has changed.
    """
    cast = Cast(base_url=settings.BASE_URL, remembered=read(folder / "demo.json"))
    content: dict[str, Any] = {
        "base_url": settings.BASE_URL,
        "mail_dir": str(Path(settings.EMAIL_FILE_PATH).absolute()),
        "sms_dir": str(Path(settings.SMS_FILE_PATH).absolute()),
    }
    merged(content, people.seed(cast))
    merged(content, registered_apps.seed(cast))
    tour.begin(cast)
    for app in CONTRIBUTORS:
        if find_spec(f"{app}.demo"):
            merged(content, import_module(f"{app}.demo").seed(cast) or {})
    return cast, content


def read(path: Path) -> Mapping[str, Any]:
    """Return what an earlier start wrote, or an empty mapping if there is nothing readable."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Put the whole file in place at once, readable by its owner alone."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2, default=str)
        file.write("\n")
    unfinished.replace(path)


def is_first_start() -> bool:
    return not User.objects.exists()
