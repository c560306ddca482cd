from django.urls import include, path

from developer_apps.docs import context, views

documentation = [
    path("", views.article, name="docs"),
    path("errors", views.article, {"slug": context.ERRORS}, name="docs_errors"),
    path("reference", views.article, {"slug": context.REFERENCE}, name="docs_reference"),
    path("openapi.json", views.openapi_document, name="docs_openapi"),
    path("search", views.search, name="docs_search"),
    path("errors/<slug:code>", views.error, name="docs_error"),
    path("errors/<slug:code>.md", views.error_as_markdown, name="docs_error_markdown"),
    path("<slug:slug>.md", views.markdown, name="docs_markdown"),
    path("<slug:slug>", views.article, name="docs_page"),
]

urlpatterns = [
    path("developer/docs/", include(documentation)),
    path("button.css", views.button_stylesheet, name="button_stylesheet"),
    path("llms.txt", views.llms_text, name="llms_text"),
]
