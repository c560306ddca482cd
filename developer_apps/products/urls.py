from django.urls import path

from developer_apps.products import views

urlpatterns = [
    path("", views.products, name="products"),
    path("<slug:slug>/", views.product, name="product"),
    path("<slug:slug>/add", views.add, name="add_product"),
    path("<slug:slug>/comment", views.comment, name="comment_on_product"),
    path("<slug:slug>/openapi.json", views.document, name="product_openapi"),
]
