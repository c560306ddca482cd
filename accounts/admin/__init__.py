from accounts.admin.history import HistoryAdmin
from accounts.admin.legal import LegalTextAdmin
from accounts.admin.users import UserAdmin

__all__ = ["HistoryAdmin", "LegalTextAdmin", "UserAdmin"]
