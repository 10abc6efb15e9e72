from django.contrib.auth import views as auth
from django.urls import path

from accounts.limits.passwords import take_turns
from accounts.pages import account, data, keys

app_name = "accounts"

# /accounts/
urlpatterns = [
    path("login/", take_turns(account.SignIn.as_view()), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("signup/", take_turns(account.SignUp.as_view()), name="signup"),
    path("settings/", take_turns(account.Settings.as_view()), name="settings"),
    path("language/", account.language, name="language"),
    path("keys/", keys.Keys.as_view(), name="keys"),
    path("keys/<uuid:key_id>/delete/", keys.delete, name="delete_key"),
    path("data/", data.Data.as_view(), name="data"),
    path("data/exports/", data.exports, name="exports"),
    path("data/exports/<uuid:export_id>/", data.download, name="download"),
    path("delete/", take_turns(data.Leave.as_view()), name="leave"),
    path("signout/", account.SignOutEverywhere.as_view(), name="sign_out_everywhere"),
    path("password/change/", take_turns(account.PasswordChange.as_view()), name="password_change"),
    path(
        "password/change/done/",
        auth.PasswordChangeDoneView.as_view(template_name="accounts/password_change_done.html"),
        name="password_change_done",
    ),
    path("password/reset/", account.PasswordReset.as_view(), name="password_reset"),
    path(
        "password/reset/done/",
        auth.PasswordResetDoneView.as_view(template_name="accounts/password_reset_done.html"),
        name="password_reset_done",
    ),
    path(
        "password/reset/<uidb64>/<token>/",
        take_turns(account.PasswordResetConfirm.as_view()),
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
