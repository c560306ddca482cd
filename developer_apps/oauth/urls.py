"""OAuth's endpoints. The namespace is the one that django-oauth-toolkit reverses."""

from django.urls import include, path

from developer_apps.oauth.views import authorize, introspect, tokens

app_name = "oauth2_provider"
urlpatterns = [
    path("oauth/authorize", authorize.authorize, name="authorize"),
    path("oauth/token", tokens.token, name="token"),
    path("oauth/accesstoken", tokens.token, name="accesstoken"),
    path("oauth/revoke", tokens.revoke, name="revoke-token"),
    path("oauth/introspect", introspect.introspect, name="introspect"),
    path("", include("developer_apps.access.urls")),
    path(".well-known/oauth-authorization-server", tokens.metadata, name="metadata"),
]
