"""Every address of the site. Each app lists its own pages; the API is assembled in `aiapp.api`."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from aiapp import health
from aiapp.api import api

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="chat:home")),
    path("chat/", include("chat.urls")),
    path("documents/", include("documents.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path("health/live", health.live),
    path("health/ready", health.ready),
]
