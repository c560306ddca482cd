import views
from django.urls import path

# docs: sign-in
urlpatterns = [
    path("", views.home, name="home"),
    path("auth/myusa", views.sign_in, name="sign_in"),
    path("auth/myusa/callback", views.callback, name="callback"),
    path("sign-out", views.sign_out, name="sign_out"),
]
# end
