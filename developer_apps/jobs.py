"""Scheduled work on traffic and tokens. Each job may run twice, or in two processes at a time."""

import structlog
from celery import shared_task

from developer_apps.api import idempotency
from developer_apps.models import App, AppReport, ChangelogEntry, FormerMember, Invitation, LinkCheck, SupportRequest
from developer_apps.models.links import wake_up
from developer_apps.oauth import repeats, retention
from developer_apps.portal import deprecations, logos, secret_reminders
from developer_apps.runs import verbs as runs
from developer_apps.traffic import outcomes, refusals, roll_up
from myusa.lib import one_by_one
from myusa.lib.database.deletion import reopen_interrupted as reopen

# Each fetch may take ten seconds.
LINKS_AT_A_TIME = 30
logger = structlog.get_logger(__name__)


@shared_task
def roll_up_traffic() -> None:
    """Sum up complete days, then delete single calls that are too old."""
    days = roll_up.roll_up_recent()
    deleted = roll_up.delete_old_detail()
    gone = roll_up.delete_traces_of_deleted_apps()
    refused = refusals.delete_old()
    logger.info("traffic_rolled_up", days=days, calls_deleted=deleted, of_deleted_apps=gone, refusals_deleted=refused)


@shared_task
def roll_up_hours() -> None:
    """Sum up the hours of the current day that are complete."""
    hours = roll_up.roll_up_hours()
    logger.info("hours_rolled_up", hours=hours)


@shared_task
def settle_early_outcomes() -> None:
    """Apply outcomes that arrived before their check was stored."""
    settled = outcomes.settle_early()
    if settled:
        logger.info("early_outcomes_settled", settled=settled)


@shared_task
def email_changelog() -> int:
    """Go on with the emails about changes that staff started; return how many people were reached."""
    return ChangelogEntry.objects.email_next()


@wake_up.runs
@shared_task
def check_links() -> int:
    """Fetch the addresses of apps that wait for it; return how many."""
    waiting = list(LinkCheck.objects.waiting()[:LINKS_AT_A_TIME])
    one_by_one.take(LinkCheck.fetch, waiting)
    return len(waiting)


@shared_task
def delete_old_link_checks() -> None:
    """Delete results that no one asked for in 90 days."""
    LinkCheck.objects.delete_old()


@shared_task
def reopen_interrupted() -> int:
    """Let apps work again that a killed process was deleting: their team can ask again; return how many."""
    return reopen(App, reopen={"blocked_at": None})


@shared_task
def remind_of_secrets() -> None:
    """Email admins about secrets that expire soon and secrets that no program uses."""
    sent = secret_reminders.send()
    if sent:
        logger.info("secret_reminders_sent", secrets=sent)


@shared_task
def notify_of_deprecations() -> None:
    """Email teams whose apps call a deprecated version or operation."""
    if sent := deprecations.send():
        logger.info("deprecation_notices_sent", apps=sent)


@shared_task
def purge_tokens() -> None:
    """Delete codes and tokens that can no longer be used or replayed."""
    logger.info("tokens_purged", **retention.purge_tokens())


@shared_task
def forget_refreshes() -> None:
    """Delete the keys from which the tokens of refreshes were derived that can no longer be repeated."""
    repeats.forget_old()


@shared_task
def purge_idempotent_responses() -> None:
    """Delete kept responses whose Idempotency-Key may be used again."""
    logger.info("idempotent_responses_purged", rows=idempotency.forget_old())


@shared_task
def purge_portal() -> None:
    """Delete support requests and reports that were closed a year ago, and old invitations and former members."""
    logger.info(
        "portal_purged",
        support_requests=SupportRequest.objects.purge(),
        reports=AppReport.objects.purge(),
        invitations=Invitation.objects.purge(),
        former_members=FormerMember.objects.purge(),
    )


@shared_task
def purge_logos() -> None:
    """Delete pictures that no app and no change of an approved app names."""
    logger.info("logos_purged", rows=logos.delete_unused())


@shared_task
def end_overdue_runs() -> None:
    """End runs whose time is over."""
    if ended := runs.end_overdue():
        logger.info("runs_ended", ended=ended)


@shared_task
def remove_test_users_of_runs() -> None:
    """Delete the test users of runs that ended a week ago."""
    if removed := runs.remove_old_test_users():
        logger.info("test_users_of_runs_removed", removed=removed)
