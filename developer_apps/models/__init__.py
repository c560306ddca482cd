from developer_apps.models.apps import App, PublicAccessRequest
from developer_apps.models.authorizations import Authorization
from developer_apps.models.changelog import ChangelogEntry
from developer_apps.models.changes import AppChange, AppReport
from developer_apps.models.clients import Client, Environment, Secret
from developer_apps.models.deprecations import Deprecation, DeprecationNotice
from developer_apps.models.email_choices import EmailChoice, EmailKind
from developer_apps.models.former_apps import AppName, FormerConnection
from developer_apps.models.help import HelpArticle
from developer_apps.models.idempotency import IdempotentResponse
from developer_apps.models.links import LinkCheck
from developer_apps.models.logos import Logo
from developer_apps.models.products import Product, ResourceServer, Subscription
from developer_apps.models.ratings import PageRating
from developer_apps.models.runs import Run, RunStep, Scenario, ScenarioStep, StepKind, TokenEvent
from developer_apps.models.support import SupportMessage, SupportRequest
from developer_apps.models.teams import FormerMember, Invitation, Membership, Team
from developer_apps.models.test_users import TestUser
from developer_apps.models.tokens import AccessToken, Grant, RefreshKey, RefreshToken
from developer_apps.models.traffic import (
    Call,
    EarlyOutcome,
    Outcome,
    RefusedRequest,
    TokenKind,
)
from developer_apps.models.traffic_sums import DailyReach, DailyTraffic, HourlyReach, HourlyTraffic

__all__ = [
    "AccessToken",
    "App",
    "AppChange",
    "AppReport",
    "AppName",
    "Authorization",
    "Call",
    "ChangelogEntry",
    "Client",
    "DailyReach",
    "DailyTraffic",
    "Deprecation",
    "DeprecationNotice",
    "EarlyOutcome",
    "EmailChoice",
    "EmailKind",
    "Environment",
    "FormerConnection",
    "FormerMember",
    "Grant",
    "HelpArticle",
    "HourlyReach",
    "HourlyTraffic",
    "IdempotentResponse",
    "Invitation",
    "LinkCheck",
    "Logo",
    "Membership",
    "Outcome",
    "PageRating",
    "Product",
    "PublicAccessRequest",
    "RefreshKey",
    "RefreshToken",
    "RefusedRequest",
    "ResourceServer",
    "Run",
    "RunStep",
    "Scenario",
    "ScenarioStep",
    "Secret",
    "StepKind",
    "Subscription",
    "SupportMessage",
    "SupportRequest",
    "Team",
    "TestUser",
    "TokenEvent",
    "TokenKind",
]
