from django.contrib.auth import views as auth
from django.urls import path

from accounts import data_pages, key_pages, views

app_name = "accounts"

# /accounts/
urlpatterns = [
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("signup/", views.SignUp.as_view(), name="signup"),
    path("settings/", views.Settings.as_view(), name="settings"),
    path("language/", views.language, name="language"),
    path("keys/", key_pages.Keys.as_view(), name="keys"),
    path("keys/<uuid:key_id>/delete/", key_pages.delete, name="delete_key"),
    path("data/", data_pages.Data.as_view(), name="data"),
    path("data/exports/", data_pages.exports, name="exports"),
    path("data/exports/<uuid:export_id>/", data_pages.download, name="download"),
    path("delete/", data_pages.Leave.as_view(), name="leave"),
    path("signout/", views.SignOutEverywhere.as_view(), name="sign_out_everywhere"),
    path("password/change/", views.PasswordChange.as_view(), name="password_change"),
    path(
        "password/change/done/",
        auth.PasswordChangeDoneView.as_view(template_name="accounts/password_change_done.html"),
        name="password_change_done",
    ),
    path("password/reset/", views.PasswordReset.as_view(), name="password_reset"),
    path(
        "password/reset/done/",
        auth.PasswordResetDoneView.as_view(template_name="accounts/password_reset_done.html"),
        name="password_reset_done",
    ),
    path(
        "password/reset/<uidb64>/<token>/",
        views.PasswordResetConfirm.as_view(),
        name="password_reset_confirm",
    ),
    path(
        "password/reset/complete/",
        auth.PasswordResetCompleteView.as_view(
            template_name="accounts/password_reset_complete.html"
        ),
        name="password_reset_complete",
    ),
]
