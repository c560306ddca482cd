from onboarding.models.affidavits import Affidavit, AffidavitText, Signature
from onboarding.models.demos import Closure, Demo, Slot
from onboarding.models.outbox import RequestEmail
from onboarding.models.requests import ProductionRequest
from onboarding.models.scorecards import Score
from onboarding.models.submissions import Submission

__all__ = [
    "Affidavit",
    "AffidavitText",
    "Closure",
    "Demo",
    "RequestEmail",
    "ProductionRequest",
    "Score",
    "Signature",
    "Slot",
    "Submission",
]
