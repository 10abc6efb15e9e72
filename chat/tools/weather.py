"""The weather, from the service that the operator names."""

import aiohttp
from django.conf import settings
from pydantic import BaseModel, Field

from aiapp.errors import Unavailable
from chat.tools.base import Caller, Outcome

MAX_BYTES = 32 * 1024
_OK = 200


class Arguments(BaseModel):
    place: str = Field(description="A town, such as Seoul.", min_length=1, max_length=80)


def is_there() -> bool:
    return bool(settings.WEATHER_URL)


async def run(caller: Caller, arguments: Arguments) -> Outcome:
    """The service's own words. Its address is the operator's, and may be inside."""
    try:
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(
                settings.WEATHER_URL, params={"q": arguments.place}, allow_redirects=False
            ) as response,
        ):
            if response.status != _OK:
                raise Unavailable(f"The weather service answered with status {response.status}.")
            body = b""
            async for block in response.content.iter_chunked(MAX_BYTES):
                body += block
                if len(body) >= MAX_BYTES:
                    break
    except (aiohttp.ClientError, OSError) as error:
        raise Unavailable("The weather service is not responding.") from error
    return Outcome(body[:MAX_BYTES].decode("utf-8", "replace"))
