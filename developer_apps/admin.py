"""Staff's view of apps and access: everything changes by the models' verbs, and nothing shows a credential."""

from django.contrib import admin
from oauth2_provider import admin as _oauth2_provider  # registers its models, of which only clients are for staff

from developer_apps.models import AccessToken, Grant, RefreshToken
from developer_apps.oauth.admin import AuthorizationAdmin
from developer_apps.portal.admin.apps import AppAdmin
from developer_apps.portal.admin.changelog import ChangelogEntryAdmin
from developer_apps.portal.admin.changes import AppChangeAdmin, AppReportAdmin
from developer_apps.portal.admin.clients import ClientAdmin
from developer_apps.portal.admin.deprecations import DeprecationAdmin
from developer_apps.portal.admin.help import HelpArticleAdmin, PageRatingAdmin
from developer_apps.portal.admin.public_access import PublicAccessRequestAdmin
from developer_apps.portal.admin.support import SupportRequestAdmin
from developer_apps.portal.admin.teams import TeamAdmin
from developer_apps.products.admin.products import ProductAdmin
from developer_apps.products.admin.resource_servers import ResourceServerAdmin
from developer_apps.products.admin.subscriptions import SubscriptionAdmin
from developer_apps.runs.admin import RunAdmin, ScenarioAdmin
from developer_apps.sandbox.admin import TestUserAdmin

for _model in (AccessToken, RefreshToken, Grant, _oauth2_provider.get_id_token_model()):
    admin.site.unregister(_model)

__all__ = [
    "AppAdmin",
    "AppChangeAdmin",
    "AppReportAdmin",
    "AuthorizationAdmin",
    "ChangelogEntryAdmin",
    "ClientAdmin",
    "DeprecationAdmin",
    "HelpArticleAdmin",
    "PageRatingAdmin",
    "ProductAdmin",
    "PublicAccessRequestAdmin",
    "ResourceServerAdmin",
    "RunAdmin",
    "ScenarioAdmin",
    "SubscriptionAdmin",
    "SupportRequestAdmin",
    "TeamAdmin",
    "TestUserAdmin",
]
