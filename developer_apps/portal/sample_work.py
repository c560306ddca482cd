"""Made-up work for staff in the portal's queues: requests, a change, a report, a question to support."""

from accounts.models import User
from developer_apps.models import App, AppReport, SupportRequest, Team, changes
from developer_apps.portal.registration import register
from developer_apps.scopes import built_in
from myusa.outbox.models import OutgoingEmail

WAITING = {
    "Library Cards": "Renews your library card and keeps your address current.",
    "Trail Permits": "Reserves permits for trails and campsites.",
}
QUESTION = "Calls from our servers are rejected"


def seed(*, developer: User, citizen: User, public: App, connected: App, base_url: str) -> None:
    """Create what is missing. What a visitor decided stays decided; no one gets an email."""
    team = Team.objects.personal_of(developer)
    with OutgoingEmail.objects.unneeded():
        for name, description in WAITING.items():
            if not team.apps.filter(name=name).exists():
                app = _register(developer, team, name, description, base_url)
                app.request_public_access(by=developer, note="Our users asked for it. Please let everyone sign in.")
        if not public.changes.exists():
            changes.edit(public, {"short_description": "Finds benefits and fills in the forms for you."}, by=developer)
        if not connected.reports.exists():
            text = "It sent me three text messages in one night."
            AppReport.file(connected, by=citizen, kind=AppReport.Kind.UNWANTED, text=text)
        if not SupportRequest.objects.of(developer).exists():
            text = "Since this morning every call gets RATE_LIMITED, although we send one per second."
            SupportRequest.objects.ask(developer, subject=QUESTION, text=text, app=public)


def _register(developer: User, team: Team, name: str, description: str, base_url: str) -> App:
    details = {
        "name": name,
        "short_description": description,
        "organization": "City of Springfield",
        "url": base_url,
        "privacy_link": f"{base_url}/legal",
        "support_contact": "help@springfield.example",
    }
    return register(
        developer,
        details=details,
        scopes=list(built_in())[:2],
        redirect_uris=[f"{base_url}/dev/callback"],
        products=[],
        team=team,
    ).app
