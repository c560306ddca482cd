"""Text messages as files, for the demo and for developers' machines: one JSON object each."""

import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from myusa.lib.http.times import iso
from myusa.lib.messages.sms.provider import Receipt, Status


class FileProvider:
    """Writes `<time>-<id>.json` with `id`, `to`, `text`, `reference` and `sent_at` into SMS_FILE_PATH."""

    def __init__(self) -> None:
        self.folder = Path(settings.SMS_FILE_PATH)

    def send(self, number: str, text: str, *, reference: str = "") -> Receipt:
        now = datetime.now(UTC)
        identifier = uuid.uuid4().hex
        content = {"id": identifier, "to": number, "text": text, "reference": reference, "sent_at": iso(now)}
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{now:%Y%m%dT%H%M%S%f}-{identifier}.json"
        unfinished = path.with_suffix(".part")
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False)
        unfinished.rename(path)
        return Receipt(identifier, Status.SENT, "written to a file")

    def status(self, provider_id: str) -> Receipt | None:
        found = any(self.folder.glob(f"*-{provider_id}.json"))
        return Receipt(provider_id, Status.DELIVERED, "written to a file") if found else None

    def written_at(self, provider_id: str) -> datetime | None:
        return None

    def find(self, number: str, text: str, *, since: datetime, reference: str = "") -> Receipt | None:
        for path in sorted(self.folder.glob("*.json")):
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if (content["to"], content["text"]) == (number, text) and content["sent_at"] >= str(iso(since)):
                return Receipt(content["id"], Status.DELIVERED, "written to a file")
        return None
