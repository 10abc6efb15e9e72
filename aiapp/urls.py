"""Every address of the site but /health/, which `aiapp.health` answers before the others.

Each app lists its own pages; the API is assembled in `aiapp.api`.
"""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from accounts.views import admin_sign_in
from aiapp.api import api

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="chat:home")),
    path("chat/", include("chat.urls")),
    path("documents/", include("documents.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/login/", admin_sign_in),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
]
