"""Every route name that existed before the apps were split into packages still reverses: links in mails depend on it."""

import pytest
from django.urls import reverse

VALUES = {
    "environment": "sandbox",
    "verb": "complete",
    "slug": "slug",
    "token": "token",
    "signed": "signed",
    "kind": "terms",
    "version": "2026-11",
}
ROUTES = """
account_login
account_reauthenticate
accounts:account
accounts:activity
accounts:code
accounts:confirm
accounts:delete
accounts:deleted
accounts:download
accounts:email_code
accounts:end_other_sessions
accounts:end_session key_digest
accounts:keep_email
accounts:legal
accounts:legal_version kind version
accounts:new_email
accounts:resend
accounts:security
accounts:send_confirmation
accounts:sign_in
accounts:sign_out
accounts:switch
developer_apps:accept_invitation token
developer_apps:add_product slug
developer_apps:add_secret environment app_id
developer_apps:analytics app_id
developer_apps:analytics_csv app_id
developer_apps:analytics_log app_id
developer_apps:app app_id
developer_apps:authorizations
developer_apps:button_stylesheet
developer_apps:change_role team_id user_id
developer_apps:check_links app_id
developer_apps:connection authorization_id
developer_apps:default_test_user team_id test_user_id
developer_apps:delete app_id
developer_apps:disconnect authorization_id
developer_apps:docs
developer_apps:docs_errors
developer_apps:docs_openapi
developer_apps:docs_page slug
developer_apps:docs_reference
developer_apps:edit app_id
developer_apps:edit_test_user team_id test_user_id
developer_apps:history app_id
developer_apps:home
developer_apps:invite team_id
developer_apps:move app_id
developer_apps:new
developer_apps:new_team
developer_apps:new_test_user team_id
developer_apps:product slug
developer_apps:product_openapi slug
developer_apps:products
developer_apps:redirect_uris environment app_id
developer_apps:remove_member team_id user_id
developer_apps:remove_test_user team_id test_user_id
developer_apps:rename_team team_id
developer_apps:request_public_access app_id
developer_apps:require_pkce environment app_id
developer_apps:revoke_secret environment secret_id app_id
developer_apps:rotate_secret environment app_id
developer_apps:scopes app_id
developer_apps:team team_id
developer_apps:team_history team_id
developer_apps:teams
developer_apps:test_users team_id
developer_apps:withdraw_invitation invitation_id team_id
developer_apps:withdraw_public_access app_id
home:landing
home:status
mfa_activate_totp
mfa_authenticate
mfa_deactivate_totp
mfa_download_recovery_codes
mfa_generate_recovery_codes
mfa_index
mfa_reauthenticate
mfa_view_recovery_codes
notification notification_id
notifications
notifications:code
notifications:delete notification_id
notifications:inbox
notifications:mark_all_read
notifications:mark_read notification_id
notifications:mark_unread notification_id
notifications:notification notification_id
notifications:number
notifications:remove_number
notifications:restore notification_id
notifications:sandbox_outbox team_id
notifications:settings
notifications:try_address_again
notifications:twilio_inbound
notifications:twilio_status
notifications:unsubscribe signed
oauth2_provider:accesstoken
oauth2_provider:authorize
oauth2_provider:gateway
oauth2_provider:gateway_path path
oauth2_provider:introspect
oauth2_provider:metadata
oauth2_provider:outcomes
oauth2_provider:revoke-token
oauth2_provider:token
onboarding:answers request_id
onboarding:blank request_id
onboarding:blank_for_officer token
onboarding:book_demo request_id
onboarding:cancel_demo request_id
onboarding:decline token
onboarding:document request_id signature_id
onboarding:evidence request_id
onboarding:invitation demo_id request_id
onboarding:keys request_id
onboarding:officer_copy token
onboarding:refer token
onboarding:printed request_id
onboarding:request request_id
onboarding:resend_affidavit request_id
onboarding:section request_id slug
onboarding:sign token
onboarding:start app_id
onboarding:submit request_id
onboarding:withdraw request_id
profile
profiles:additional
profiles:personal
task task_id
task_item item_id task_id
task_item_singular item_id task_id
task_items task_id
task_items_singular task_id
task_singular task_id
tasks
tasks:change task_id verb
tasks:change_item item_id verb
tasks:list
tokeninfo
""".strip().splitlines()


@pytest.mark.parametrize("route", ROUTES)
def test_route_reverses(route):
    name, *parameters = route.split()
    assert reverse(name, kwargs={each: VALUES.get(each, 1) for each in parameters}).startswith("/")
