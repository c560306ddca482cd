"""Delete documents of requests that were deleted with their app."""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from onboarding.models import Signature

# A document is written before its signature commits, so recent ones are kept.
KEEP_STRAY_DOCUMENTS = timedelta(days=1)
FOLDER = "affidavits"


def purge_documents() -> int:
    """Delete stored documents that no signature refers to; return how many."""
    if not default_storage.exists(FOLDER):
        return 0
    deleted = 0
    for folder in filter(str.isdecimal, default_storage.listdir(FOLDER)[0]):
        kept = set(Signature.objects.filter(affidavit__request_id=int(folder)).values_list("file", flat=True))
        for name in default_storage.listdir(f"{FOLDER}/{folder}")[1]:
            path = f"{FOLDER}/{folder}/{name}"
            if path not in kept and default_storage.get_modified_time(path) < timezone.now() - KEEP_STRAY_DOCUMENTS:
                default_storage.delete(path)
                deleted += 1
    return deleted
