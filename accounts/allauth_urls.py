"""What is used of allauth, under this site's paths. Its names are fixed: it reverses them itself."""

from django.urls import path

from accounts import google
from accounts.views import confirm, second_factor, security, sign_in

urlpatterns = [
    path("users/sign_in", sign_in.start, name="account_login"),
    path("users/confirm", confirm.confirm, name="account_reauthenticate"),
    path("users/confirm", confirm.confirm, name="mfa_reauthenticate"),
    path("users/second_factor", second_factor.SecondFactor.as_view(), name="mfa_authenticate"),
    path("settings/security", security.overview, name="mfa_index"),
    path("settings/security/app", second_factor.SetUpApp.as_view(), name="mfa_activate_totp"),
    path("settings/security/app/remove", second_factor.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("settings/security/codes", second_factor.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("settings/security/codes/new", second_factor.NewRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("settings/security/codes/file", second_factor.RecoveryCodesFile.as_view(), name="mfa_download_recovery_codes"),
    *google.urls(),
]
