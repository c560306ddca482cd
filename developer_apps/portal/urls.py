"""Apps, keys, teams and the portal's first page."""

from django.urls import include, path

from developer_apps.portal.views import (
    apps,
    email_choices,
    first_call,
    home,
    keys,
    logos,
    pages,
    support,
    teams,
    try_it,
)

one_app = [
    path("", pages.overview, name="app"),
    path("keys/", pages.keys, name="keys"),
    path("sign-in", pages.sign_in, name="sign_in"),
    path("access", pages.access, name="access"),
    path("production", pages.production, name="production"),
    path("team", pages.team, name="app_team"),
    path("settings", pages.app_settings, name="settings"),
    path("first-call", first_call.status, name="first_call"),
    path("first-call/prepare", first_call.prepare, name="prepare_first_call"),
    path("first-call/send", first_call.send, name="send_first_call"),
    path("edit", apps.edit, name="edit"),
    path("logo", logos.edit, name="logo"),
    path("scopes", apps.edit_scopes, name="scopes"),
    path("public-access", apps.request_public_access, name="request_public_access"),
    path("public-access/check-links", apps.check_links, name="check_links"),
    path("public-access/withdraw", apps.withdraw_public_access, name="withdraw_public_access"),
    path("changes/withdraw", apps.withdraw_change, name="withdraw_change"),
    path("move", apps.move, name="move"),
    path("delete", apps.delete, name="delete"),
    path("history", apps.history, name="history"),
    path("keys/<slug:environment>/redirect-uris", keys.redirect_uris, name="redirect_uris"),
    path("keys/<slug:environment>/secrets/new", keys.add_secret, name="add_secret"),
    path("keys/<slug:environment>/secrets/rotate", keys.rotate, name="rotate_secret"),
    path("keys/<slug:environment>/secrets/<int:secret_id>/revoke", keys.revoke_secret, name="revoke_secret"),
    path("keys/<slug:environment>/pkce", keys.require_pkce, name="require_pkce"),
]
one_team = [
    path("", teams.team, name="team"),
    path("rename", teams.rename, name="rename_team"),
    path("history", teams.history, name="team_history"),
    path("invite", teams.invite, name="invite"),
    path("invitations/<int:invitation_id>/withdraw", teams.withdraw_invitation, name="withdraw_invitation"),
    path("members/<int:user_id>/role", teams.change_role, name="change_role"),
    path("members/<int:user_id>/remove", teams.remove_member, name="remove_member"),
]

urlpatterns = [
    path("developer/", home.home, name="home"),
    path("developer/apps/new", apps.new, name="new"),
    path("developer/apps/<int:app_id>/", include(one_app)),
    path("developer/try/<slug:operation>", try_it.try_operation, name="try"),
    path("developer/emails", email_choices.choose, name="emails"),
    path("unsubscribe/developer/<str:signed>", email_choices.stop, name="stop_emails"),
    path("help/contact", support.ask, {"in_help": True}, name="contact"),
    path("help/contact/<int:number>", support.show, {"in_help": True}, name="contact_request"),
    path("developer/support", support.ask, name="support"),
    path("developer/support/<int:number>", support.show, name="support_request"),
    path("logos/<slug:digest>.webp", logos.serve, name="logo_file"),
    path("developer/teams/", teams.teams, name="teams"),
    path("developer/teams/new", teams.new, name="new_team"),
    path("developer/teams/invitations/<str:token>", teams.accept_invitation, name="accept_invitation"),
    path("developer/teams/<int:team_id>/", include(one_team)),
]
