"""OAuth's endpoints. The namespace is the one that django-oauth-toolkit reverses."""

from django.urls import path

from developer_apps.views import authorize, gateway, introspect, tokens

app_name = "oauth2_provider"
urlpatterns = [
    path("oauth/authorize", authorize.authorize, name="authorize"),
    path("oauth/token", tokens.token, name="token"),
    path("oauth/accesstoken", tokens.token, name="accesstoken"),
    path("oauth/revoke", tokens.revoke, name="revoke-token"),
    path("oauth/introspect", introspect.introspect, name="introspect"),
    path("gateway/verify", gateway.verify, name="gateway"),
    path(".well-known/oauth-authorization-server", tokens.metadata, name="metadata"),
]
