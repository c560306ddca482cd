"""URLs of production requests, and of the officer's page."""

from django.urls import path

from onboarding.views import affidavits, demos, documents, keys, questions, requests

app_name = "onboarding"

urlpatterns = [
    path("developer/apps/<int:app_id>/request", requests.start, name="start"),
    path("developer/requests/<int:request_id>/", requests.show, name="request"),
    path("developer/requests/<int:request_id>/evidence", requests.evidence_part, name="evidence"),
    path("developer/requests/<int:request_id>/production-call", requests.production_call, name="production_call"),
    path("developer/requests/<int:request_id>/answers", questions.answers, name="answers"),
    path("developer/requests/<int:request_id>/questions/<slug:slug>", questions.section, name="section"),
    path("developer/requests/<int:request_id>/request.pdf", documents.printed, name="printed"),
    path("developer/requests/<int:request_id>/submit", requests.submit, name="submit"),
    path("developer/requests/<int:request_id>/reply", requests.reply, name="reply"),
    path("developer/requests/<int:request_id>/withdraw", requests.withdraw, name="withdraw"),
    path("developer/requests/<int:request_id>/affidavit", affidavits.resend, name="resend_affidavit"),
    path("developer/requests/<int:request_id>/affidavit/blank.pdf", affidavits.blank, name="blank"),
    path("developer/requests/<int:request_id>/affidavit/<int:signature_id>.pdf", affidavits.document, name="document"),
    path("developer/requests/<int:request_id>/demo", demos.book, name="book_demo"),
    path("developer/requests/<int:request_id>/demo/cancel", demos.cancel, name="cancel_demo"),
    path("developer/requests/<int:request_id>/demo/<int:demo_id>.ics", demos.invitation, name="invitation"),
    path("developer/requests/<int:request_id>/keys", keys.keys, name="keys"),
    path("developer/affidavit/<str:token>/", affidavits.sign, name="sign"),
    path("developer/affidavit/<str:token>/decline", affidavits.decline, name="decline"),
    path("developer/affidavit/<str:token>/someone-else", affidavits.refer, name="refer"),
    path("developer/affidavit/<str:token>/signed.pdf", affidavits.officer_copy, name="officer_copy"),
    path("developer/affidavit/<str:token>/blank.pdf", affidavits.blank_for_officer, name="blank_for_officer"),
]
