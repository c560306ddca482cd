"""What is deleted in time: sent letters, and documents whose request has gone with its app."""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from onboarding.models import Letter, Signature

KEEP_SENT_LETTERS = timedelta(days=365)
# A document is written before its signature commits, so young ones are left alone.
KEEP_STRAY_DOCUMENTS = timedelta(days=1)
FOLDER = "affidavits"


def purge_letters() -> int:
    """Delete letters sent more than a year ago; return how many."""
    return Letter.objects.filter(sent_at__lt=timezone.now() - KEEP_SENT_LETTERS).delete()[0]


def purge_documents() -> int:
    """Delete stored documents that no signature names any more; return how many."""
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
