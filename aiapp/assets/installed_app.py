"""The site as an installed app: its manifest, its service worker and the page without a network.

The worker keeps the offline page and its style sheet, and nothing else: what is private is never
kept, and no request but that for a page passes through it (`templates/service-worker.js`).
"""

from hashlib import sha256

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from aiapp.http.context import PRODUCT

# Of `static/css/tokens.css`: --bg-side in light colours.
COLOUR = "#f7f6f3"
ICONS = (("192", "any"), ("512", "any"), ("maskable-512", "maskable"))


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest."""
    icons = [
        {
            "src": static(f"icons/icon-{name}.png"),
            "sizes": f"{name.rpartition('-')[2]}x{name.rpartition('-')[2]}",
            "type": "image/png",
            "purpose": purpose,
        }
        for name, purpose in ICONS
    ]
    vector = {"src": static("icon.svg"), "sizes": "any", "type": "image/svg+xml"}
    data = {
        "id": "/",
        "name": PRODUCT,
        "short_name": PRODUCT,
        "start_url": reverse("chat:home"),
        "scope": "/",
        "display": "standalone",
        "background_color": COLOUR,
        "theme_color": COLOUR,
        "icons": [*icons, vector],
    }
    return JsonResponse(data, content_type="application/manifest+json")


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script of the worker, which changes its name for what it keeps with the style sheet."""
    kept = [reverse("offline"), static("css/site.css"), static("icon.svg")]
    context = {"kept": kept, "cache": f"offline-{sha256(' '.join(kept).encode()).hexdigest()[:12]}"}
    return render(request, "service-worker.js", context, content_type="text/javascript")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page for when there is no network. It says nothing of anybody."""
    return render(request, "offline.html")
