from accounts.admin.allowances import AllowanceAdmin, CodeGuardAdmin
from accounts.admin.groups import GroupAdmin
from accounts.admin.history import HistoryAdmin
from accounts.admin.legal import LegalTextAdmin
from accounts.admin.recoveries import AccountRecoveryAdmin
from accounts.admin.users import UserAdmin

__all__ = [
    "AccountRecoveryAdmin",
    "AllowanceAdmin",
    "CodeGuardAdmin",
    "GroupAdmin",
    "HistoryAdmin",
    "LegalTextAdmin",
    "UserAdmin",
]
