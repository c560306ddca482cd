"""Cause a message of each kind that no simple page causes, in the database of the environment.

python -m tests.reliability.write
"""

NOTICE, LETTER = "notice@agency.example.gov", "officer@agency.example.gov"
SIGN_IN, CONFIRM, CHANGE_EMAIL = (f"{name}@city.example.gov" for name in ("person", "known", "new.address"))
MOBILE = "+14155550198"

if __name__ == "__main__":
    import django

    django.setup()

    from accounts import notices
    from accounts.models import OneTimeCode
    from myusa.outbox.models import OutgoingEmail

    notices.account_deleted(NOTICE)
    pdf = ("affidavit.pdf", b"%PDF-1.7", "application/pdf")
    words = {"subject": "Affidavit", "words": "Sign it."}
    OutgoingEmail.objects.write(LETTER, "onboarding/email", words, attachments=[pdf])
    OneTimeCode.objects.issue(OneTimeCode.Purpose.SIGN_IN, SIGN_IN, holder="browser")
    OneTimeCode.objects.issue(OneTimeCode.Purpose.CONFIRM, CONFIRM, holder="known person")
    OneTimeCode.objects.issue(OneTimeCode.Purpose.CHANGE_EMAIL, CHANGE_EMAIL, holder="person who moves")
    OneTimeCode.objects.issue(OneTimeCode.Purpose.PHONE, MOBILE, holder="person")
