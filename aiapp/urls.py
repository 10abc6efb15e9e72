"""Every address of the site but /health/, which `aiapp.observability.health` answers before the
others.

Each app lists its own pages; the API is assembled in `aiapp.api.application`.
"""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from accounts.pages.account import admin_sign_in
from aiapp.api.application import api
from aiapp.api.v1 import v1
from aiapp.assets import installed_app
from chat.pages.sidebar import shares

# The name of a file in `static/` is known when files are collected, not when this is read.
static_url = lazy(static, str)
admin.autodiscover()

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="chat:home")),
    # Browsers ask for it where a page names no icon, as the administration's.
    path("favicon.ico", RedirectView.as_view(url=static_url("icon.svg"))),
    path("manifest.webmanifest", installed_app.manifest, name="manifest"),
    # At the root, since a worker is for what lies below its address.
    path("service-worker.js", installed_app.service_worker, name="service_worker"),
    path("offline/", installed_app.offline, name="offline"),
    path("chat/", include("chat.urls")),
    path("s/<str:share>/", shares.show_share, name="shared"),
    path("s/<str:share>/continue/", shares.continue_chat, name="go_on"),
    path("documents/", include("documents.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/login/", admin_sign_in),
    # The admin's own counts no tries.
    path("admin/password_change/", RedirectView.as_view(pattern_name="accounts:password_change")),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path("v1/", v1.urls),
]

handler400 = "aiapp.http.middleware.bad_request"
handler403 = "aiapp.http.middleware.permission_denied"
handler404 = "aiapp.http.middleware.not_found"
handler500 = "aiapp.http.middleware.server_error"
