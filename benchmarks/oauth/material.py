"""What both sides of the comparison are fed with."""

import base64
import hashlib

REDIRECT_URI = "https://app.example.org/callback"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PROFILE = {
    "title": "Ms.",
    "first_name": "Jane",
    "middle_name": "Q",
    "last_name": "Citizen",
    "suffix": "Jr.",
    "address": "1600 Example Avenue",
    "address2": "Apt 2",
    "city": "Springfield",
    "state": "IL",
    "zip": "62701",
    "gender": "female",
    "marital_status": "married",
    "is_parent": True,
    "is_student": False,
    "is_veteran": True,
    "is_retired": False,
    "phone_number": "+12175550123",
    "mobile_number": "+12175550124",
}
