from django.urls import include, path

from developer_apps.docs import views

documentation = [
    path("", views.index, name="docs"),
    path("errors", views.errors, name="docs_errors"),
    path("reference", views.reference, name="docs_reference"),
    path("openapi.json", views.openapi_document, name="docs_openapi"),
    path("<slug:slug>", views.page, name="docs_page"),
]

urlpatterns = [
    path("developer/docs/", include(documentation)),
    path("button.css", views.button_stylesheet, name="button_stylesheet"),
]
