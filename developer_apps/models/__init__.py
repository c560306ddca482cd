from developer_apps.models.apps import App, PublicAccessRequest
from developer_apps.models.authorizations import Authorization
from developer_apps.models.changes import AppChange, AppReport
from developer_apps.models.clients import Client, Environment, Secret
from developer_apps.models.former_apps import AppName, FormerConnection
from developer_apps.models.idempotency import IdempotentResponse
from developer_apps.models.links import LinkCheck
from developer_apps.models.logos import Logo
from developer_apps.models.products import Product, ResourceServer, Subscription
from developer_apps.models.runs import Run, RunStep, Scenario, ScenarioStep, StepKind, TokenEvent
from developer_apps.models.support import SupportMessage, SupportRequest
from developer_apps.models.teams import FormerMember, Invitation, Membership, Team
from developer_apps.models.test_users import TestUser
from developer_apps.models.tokens import AccessToken, Grant, RefreshToken
from developer_apps.models.traffic import (
    Call,
    DailyReach,
    DailyTraffic,
    EarlyOutcome,
    Outcome,
    RefusedRequest,
    TokenKind,
)

__all__ = [
    "AccessToken",
    "App",
    "AppChange",
    "AppReport",
    "AppName",
    "Authorization",
    "Call",
    "Client",
    "DailyReach",
    "DailyTraffic",
    "EarlyOutcome",
    "Environment",
    "FormerConnection",
    "FormerMember",
    "Grant",
    "IdempotentResponse",
    "Invitation",
    "LinkCheck",
    "Logo",
    "Membership",
    "Outcome",
    "Product",
    "PublicAccessRequest",
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
