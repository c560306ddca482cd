from onboarding.admin import affidavit_texts, demos, requests, slots

__all__ = ["affidavit_texts", "demos", "requests", "slots"]
