"""Pages of the developer portal and of connected apps. OAuth's endpoints are in `developer_apps.oauth_urls`."""

from django.urls import include, path

from developer_apps.views import analytics, apps, docs, keys, portal, products, teams, test_users

app_name = "developer_apps"

one_app = [
    path("", apps.app, name="app"),
    path("edit", apps.edit, name="edit"),
    path("scopes", apps.edit_scopes, name="scopes"),
    path("public-access", apps.request_public_access, name="request_public_access"),
    path("public-access/withdraw", apps.withdraw_public_access, name="withdraw_public_access"),
    path("move", apps.move, name="move"),
    path("delete", apps.delete, name="delete"),
    path("history", apps.history, name="history"),
    path("analytics/", analytics.analytics, name="analytics"),
    path("analytics/log", analytics.log, name="analytics_log"),
    path("analytics/traffic.csv", analytics.as_csv, name="analytics_csv"),
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
    path("test_users", test_users.test_users, name="test_users"),
    path("test_users/new", test_users.new, name="new_test_user"),
    path("test_users/<int:test_user_id>/profile", test_users.edit, name="edit_test_user"),
    path("test_users/<int:test_user_id>/default", test_users.make_default, name="default_test_user"),
    path("test_users/<int:test_user_id>/remove", test_users.remove, name="remove_test_user"),
    path("invitations/<int:invitation_id>/withdraw", teams.withdraw_invitation, name="withdraw_invitation"),
    path("members/<int:user_id>/role", teams.change_role, name="change_role"),
    path("members/<int:user_id>/remove", teams.remove_member, name="remove_member"),
]
catalogue = [
    path("", products.products, name="products"),
    path("<slug:slug>/", products.product, name="product"),
    path("<slug:slug>/add", products.add, name="add_product"),
    path("<slug:slug>/openapi.json", products.document, name="product_openapi"),
]
documentation = [
    path("", docs.index, name="docs"),
    path("errors", docs.errors, name="docs_errors"),
    path("reference", docs.reference, name="docs_reference"),
    path("openapi.json", docs.openapi_document, name="docs_openapi"),
    path("<slug:slug>", docs.page, name="docs_page"),
]

urlpatterns = [
    path("authorizations", portal.authorizations, name="authorizations"),
    path("authorizations/<int:authorization_id>", portal.connection, name="connection"),
    path("authorizations/<int:authorization_id>/disconnect", portal.disconnect, name="disconnect"),
    path("developer/", portal.home, name="home"),
    path("developer/apps/new", apps.new, name="new"),
    path("developer/apps/<int:app_id>/", include(one_app)),
    path("developer/teams/", teams.teams, name="teams"),
    path("developer/teams/new", teams.new, name="new_team"),
    path("developer/teams/invitations/<str:token>", teams.accept_invitation, name="accept_invitation"),
    path("developer/teams/<int:team_id>/", include(one_team)),
    path("developer/products/", include(catalogue)),
    path("developer/docs/", include(documentation)),
    path("button.css", docs.button_stylesheet, name="button_stylesheet"),
]
