"""The user's word on calls that write, or that send what the turn has read somewhere else.

A turn that wants such a call ends, and holds nothing while it waits. The call's name and its very
arguments are signed for its user; who decides sends the signature back, so that a call can be
confirmed only as it was shown. When all have been decided, another answer to the same question
goes on from there. A confirmed call is claimed before it is made, so it is made at most once,
whichever process makes it and however often that process is killed.
"""

from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core import signing

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import Conflict, InvalidInput
from chat.conversations import access
from chat.models import Call, Message
from chat.tools import calling
from chat.tools.base import Caller, Tool
from chat.tools.calling import CallResult

SALT = "chat.tools.confirming"
MAX_AGE_SECONDS = 7 * 24 * 3600
DENIED = "The user does not want this. Do not call it again; continue without it."
UNKNOWN = "It is not known whether this took effect, and it was not tried again."


def sign_call(user: User, call: Call) -> str:
    """Return the token that confirms or declines exactly this call."""
    return signing.dumps(_digest(user, call), salt=SALT)


def as_event(user: User, call: Call) -> dict[str, Any]:
    return {
        "id": call.call_id,
        "name": call.name,
        "arguments": call.arguments,
        "call": str(call.id),
        "token": sign_call(user, call),
    }


def decide(user: User, call_id: UUID, signed: str, *, confirm: bool) -> Message | None:
    """Note the user's word, in the caller's transaction. The message, once all is decided.

    Raises NotFound, InvalidInput for a signature of something else, Conflict if it was decided
    otherwise before.
    """
    call = access.get_call(user, call_id)
    _check(user, call, signed)
    message = access.get_message(user, call.message_id)
    decision = Call.State.CONFIRMED if confirm else Call.State.DENIED
    if call.state == Call.State.WAITING:
        Call.objects.filter(id=call.id).update(state=decision)
    elif (call.state == Call.State.DENIED) == confirm:
        raise Conflict("This has already been decided differently.", code="already_decided")
    waiting = Call.objects.filter(message=message, state=Call.State.WAITING).exists()
    return None if waiting else message


def _check(user: User, call: Call, signed: str) -> None:
    try:
        content = signing.loads(signed, salt=SALT, max_age=MAX_AGE_SECONDS)
    except signing.BadSignature as error:
        raise InvalidInput("This is out of date. Ask again.", code="bad_token") from error
    if content != _digest(user, call):
        raise InvalidInput("This is not what was shown. Look at it again.", code="bad_token")


def _digest(user: User, call: Call) -> list[str]:
    exactly = sha256(f"{call.name}\n{call.arguments}".encode()).hexdigest()
    return [str(user.pk), str(call.id), exactly]


async def carry_out(call: Call, tool: Tool | None, caller: Caller) -> CallResult:
    """Return the outcome of a confirmed call, made now if nobody has begun to."""
    if not await in_db(_claim, call):
        return await in_db(_load_outcome, call)
    if tool is None:
        result = calling.build_failure(f"The tool {call.name!r} no longer exists.")
    else:
        result = await calling.call(tool, caller, call.arguments)
    await in_db(_save_outcome, call, result)
    return result


def _claim(call: Call) -> bool:
    rows = Call.objects.filter(id=call.id, state=Call.State.CONFIRMED)
    return rows.update(state=Call.State.STARTED) == 1


def _save_outcome(call: Call, result: CallResult) -> None:
    state = Call.State.FAILED if result.failed else Call.State.DONE
    Call.objects.filter(id=call.id).update(
        state=state, result=result.saved_text, seconds=result.seconds
    )


def _load_outcome(call: Call) -> CallResult:
    now = Call.objects.get(id=call.id)
    if now.state == Call.State.STARTED:
        return calling.build_failure(UNKNOWN)
    return CallResult(
        now.result, now.result, failed=now.state == Call.State.FAILED, seconds=now.seconds
    )
