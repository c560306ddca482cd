"""Which logos are in use: those of apps, and those in changes that staff decide or decided about."""

from datetime import timedelta

from django.utils import timezone

from developer_apps.models import App, AppChange, Logo

# How long a picture that nothing names is kept: the request that stored it is about to name it.
UNUSED_FOR = timedelta(days=1)


def delete_unused() -> int:
    """Delete pictures that nothing uses anymore; return how many."""
    used = set(App.objects.exclude(logo="").values_list("logo", flat=True))
    for change in AppChange.objects.filter(after__has_key="logo").only("before", "after"):
        used |= {change.before["logo"], change.after["logo"]}
    return Logo.objects.filter(stored_at__lt=timezone.now() - UNUSED_FOR).exclude(digest__in=used).delete()[0]
