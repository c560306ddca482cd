from django.urls import include, path

from developer_apps.docs import changelog_views, context, help_views, ratings, views

documentation = [
    path("", views.article, name="docs"),
    path("errors", views.article, {"slug": context.ERRORS}, name="docs_errors"),
    path("reference", views.article, {"slug": context.REFERENCE}, name="docs_reference"),
    path("openapi.json", views.openapi_document, name="docs_openapi"),
    path("search", views.search, name="docs_search"),
    path("rate", ratings.rate, name="docs_rate"),
    path("starters/<slug:folder>.zip", views.starter, name="starter"),
    path("errors/<slug:code>", views.error, name="docs_error"),
    path("errors/<slug:code>.md", views.error_as_markdown, name="docs_error_markdown"),
    path("<slug:slug>.md", views.markdown, name="docs_markdown"),
    path("<slug:slug>", views.article, name="docs_page"),
]

urlpatterns = [
    path("developer/docs/", include(documentation)),
    path("developer/faq", help_views.faq, name="faq"),
    path("developer/faq.md", help_views.faq_as_markdown, name="faq_markdown"),
    path("developer/articles", help_views.articles, name="help_articles"),
    path("developer/articles/<slug:slug>", help_views.article, name="help_article"),
    path("developer/articles/<slug:slug>.md", help_views.article_as_markdown, name="help_article_markdown"),
    path("developer/changelog", changelog_views.changelog, name="changelog"),
    path("developer/changelog.md", changelog_views.as_markdown, name="changelog_markdown"),
    path("developer/changelog.atom", changelog_views.feed, name="changelog_feed"),
    path("developer/changelog/<slug:slug>", changelog_views.entry, name="changelog_entry"),
    path("button.css", views.button_stylesheet, name="button_stylesheet"),
    path("llms.txt", views.llms_text, name="llms_text"),
]
