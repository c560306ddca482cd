"""Pages of people's accounts. `accounts.allauth_urls` mounts what is used of allauth."""

from django.urls import path

from accounts.views import (
    account,
    activity,
    code_status,
    confirm,
    emailed_links,
    languages,
    legal,
    passkeys,
    recovery,
    security,
    sign_in,
    sign_out,
)

app_name = "accounts"

urlpatterns = [
    path("users/sign_in", sign_in.start, name="sign_in"),
    path("users/sign_in/code", sign_in.code, name="code"),
    path("users/sign_in/resend", sign_in.resend, name="resend"),
    path("users/sign_in/link/<str:signed>", emailed_links.sign_in_by_link, name="link"),
    path("users/codes/stop/<str:signed>", emailed_links.stop_codes, name="stop_codes"),
    path("s/<slug:code>/<str:token>", emailed_links.stop_texts, name="stop_texts"),
    path("users/codes/<slug:purpose>", code_status.code_status, name="code_status"),
    path("users/sign_out", sign_out.sign_out, name="sign_out"),
    path("users/continue/<str:token>", sign_out.continue_to, name="continue"),
    path("users/language", languages.choose, name="language"),
    path("users/passkey/options/<slug:purpose>", passkeys.options, name="passkey_options"),
    path("users/recovery/<str:token>", recovery.recovery, name="recovery"),
    path("users/switch", sign_out.switch, name="switch"),
    path("users/confirm", confirm.confirm, name="confirm"),
    path("users/confirm/send", confirm.send, name="send_confirmation"),
    path("settings/account", account.overview, name="account"),
    path("settings/account/email", account.new_email, name="new_email"),
    path("settings/account/email/code", account.email_code, name="email_code"),
    path("settings/account/email/keep", account.keep_email, name="keep_email"),
    path("settings/account/data", account.download, name="download"),
    path("settings/account/delete", account.delete, name="delete"),
    path("users/deleted", account.deleted, name="deleted"),
    path("settings/security", security.overview, name="security"),
    path("settings/security/choose", passkeys.choose, name="choose_second_factor"),
    path("settings/security/passkeys/add", passkeys.add, name="add_passkey"),
    path("settings/security/passkeys/<int:passkey_id>/rename", passkeys.rename, name="rename_passkey"),
    path("settings/security/passkeys/<int:passkey_id>/remove", passkeys.remove, name="remove_passkey"),
    path("settings/security/sessions/end", security.end_other_sessions, name="end_other_sessions"),
    path("settings/security/sessions/<slug:key_digest>/end", security.end_session, name="end_session"),
    path("settings/activity", activity.activity, name="activity"),
    path("settings/activity.csv", activity.download, {"kind": "csv"}, name="activity_csv"),
    path("settings/activity.json", activity.download, {"kind": "json"}, name="activity_json"),
    path("legal", legal.current, name="legal"),
    path("legal/<slug:kind>/<str:version>", legal.version, name="legal_version"),
]
