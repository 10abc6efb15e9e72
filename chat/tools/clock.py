"""The current time, here or elsewhere."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone
from pydantic import BaseModel, Field

from aiapp.errors import InvalidInput
from chat.tools.base import Caller, Outcome


class Arguments(BaseModel):
    zone: str = Field(
        "", description="An IANA time zone such as Asia/Seoul; empty for UTC.", max_length=60
    )


async def run(caller: Caller, arguments: Arguments) -> Outcome:
    try:
        zone = ZoneInfo(arguments.zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput("There is no such time zone. Use a name like Europe/Berlin.") from error
    now = timezone.now().astimezone(zone)
    return Outcome(f"{now:%A}, {now.isoformat(timespec='seconds')} ({zone.key})")
