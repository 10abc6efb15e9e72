"""Static files under names that hold their content's hash, JavaScript modules included."""

from collections.abc import Awaitable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

from aiapp.assets import javascript, stylesheet


class HashedModules(CompressedManifestStaticFilesStorage):
    """Rewrites `import` statements too, so that modules may be cached for ever."""

    support_js_module_import_aggregation = True
    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """A page must not fail for a picture that nobody collected: the plain name is used."""
        try:
            stored: str = super().stored_name(name)
        except ValueError:
            return name
        return stored

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Any:
        joined: dict[str, Any] = {}
        if stylesheet.NAME in paths:
            storage, path = paths[stylesheet.NAME]
            joined[stylesheet.NAME] = (stylesheet.StylesheetStorage(storage), path)
        for name in javascript.PAGES:
            if name in paths:
                storage, path = paths[name]
                joined[name] = (javascript.BundleStorage(storage), path)
        return super().post_process({**paths, **joined}, *args, **options)


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise for asynchronous requests.

    Its own middleware is synchronous only, for which Django moves every request to a thread and
    back. Here only a static file's own request goes there.
    """

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: object) -> None:
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if not iscoroutinefunction(self.get_response):
            response: HttpResponseBase = super().__call__(request)
            return response
        return self._answer(request)

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        file = self.files.get(request.path_info)
        if file is None and self.autorefresh:
            file = await sync_to_async(self.find_file)(request.path_info)
        if file is not None:
            response: HttpResponseBase = await sync_to_async(self.serve)(file, request)
            return response
        answer: HttpResponseBase = await self.get_response(request)
        return answer
