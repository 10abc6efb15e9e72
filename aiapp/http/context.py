"""The template context that every page has."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

import aiapp

# Not `site_name` in templates: Django's sign-in view gives that name to the host.
PRODUCT = "aiapp"


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "product": PRODUCT,
        # For the administration; nobody else is told.
        "version": aiapp.__version__,
        "registration_open": settings.REGISTRATION_OPEN,
        "theme": request.COOKIES.get("theme", "")
        if request.COOKIES.get("theme") in {"light", "dark"}
        else "",
    }
