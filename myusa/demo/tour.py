"""What the demo prints when it has started: where to go in each role, and what to try there."""

from pathlib import Path

from myusa.demo.registered_apps import CALLBACK_PATH
from myusa.lib.demo import Cast

ROLES = ["Anyone", "Citizen", "Developer", "Outsider", "Staff"]


def begin(cast: Cast) -> None:
    """Add the main path. The contributions of the apps follow."""
    client_ids = {key: app.clients.get(environment="sandbox").client_id for key, app in cast.apps.items()}
    connect = f"/users/sign_in?client_id={client_ids['public']}"
    cast.tell("Anyone", "/dev/outbox/", "all mail and text messages: sign-in codes are there to click")
    cast.tell("Citizen", "/users/sign_in", f"sign in as {cast.users['citizen'].email} with the emailed code")
    cast.tell(
        "Citizen", connect, f"connect the app {cast.apps['public'].name}; uncheck anything you don't want to share"
    )
    cast.tell("Citizen", "/authorizations", "see what you shared, change it, disconnect")
    cast.tell("Developer", "/developer/", f"sign in as {cast.users['developer'].email}: register an app, copy its keys")
    cast.tell("Developer", "/developer/docs/", "how an app connects; a code arrives at " + CALLBACK_PATH)
    cast.tell(
        "Outsider",
        f"/users/sign_in?client_id={client_ids['private']}",
        f"sign in as {cast.users['outsider'].email}: the private app {cast.apps['private'].name} refuses you",
    )
    cast.tell("Staff", "/admin/", f"sign in as {cast.users['staff'].email}; the second-factor code is at /dev/outbox/")


def text(cast: Cast, folder: Path) -> str:
    """Return the printed guide, by role."""
    roles = [*ROLES, *dict.fromkeys(role for role, _, _ in cast.tour if role not in ROLES)]
    lines = ["", f"MyUSA runs at {cast.base_url} (Ctrl-C stops it; its data stays in {folder})", ""]
    for role in roles:
        steps = [(path, what) for told, path, what in cast.tour if told == role]
        if steps:
            lines.append(role)
            lines += [f"  {cast.base_url}{path}\n      {what}" for path, what in steps]
    lines += ["", f"For programs: {folder / 'demo.json'}", ""]
    return "\n".join(lines)
