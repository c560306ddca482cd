from accounts.models.allowances import Allowance
from accounts.models.attempts import CodeGuard, FailedAttempt
from accounts.models.codes import OneTimeCode
from accounts.models.legal import LegalText
from accounts.models.phones import Phone
from accounts.models.recoveries import AccountRecovery
from accounts.models.sessions import Session
from accounts.models.spent_codes import SpentCode
from accounts.models.user import User
from accounts.models.work import Claim, StaffNote

__all__ = [
    "AccountRecovery",
    "Allowance",
    "Claim",
    "CodeGuard",
    "FailedAttempt",
    "LegalText",
    "OneTimeCode",
    "Phone",
    "Session",
    "SpentCode",
    "StaffNote",
    "User",
]
