"""Whatever a client sends over the socket is answered, and the socket goes on."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import User
from chat.tests.conftest import ask, entries
from chat.tests.protocols.test_websocket import open_socket, receive_frame, say, until_done

DEEP = 900


def nest(depth: int) -> Any:
    value: Any = "x"
    for n in range(depth):
        value = [value] if n % 2 else {"a": value}
    return value


# No text is a frame of which these are the whole.
RAW = [
    *(" ", "null", "true", "0", "-1.5e300", '""', '"send"', "[]", "{}", "[[]]", "[{}]"),
    *("{", "}", "[", '{"type"', '{"type":}', "{'type': 'send'}", "NaN", "Infinity", "1" * 5_000),
    *('{"type": null}', '{"type": true}', '{"type": 7}', '{"type": []}', '{"type": {}}'),
    *('{"type": ["send"]}', '{"type": {"send": 1}}', '{"type": [[[]]]}', '{"type": 1e999}'),
    *('{"type": NaN}', '{"type": ""}', '{"type": "Send"}', '{"type": "se\\u0000nd"}'),
    *('{"type": "send"}', '{"type": "stop"}', '{"type": "subscribe"}', '{"type": "decide"}'),
    *(
        '"\\ud800"',
        '{"type": "\\ud800"}',
    ),
    *('{"\\ud800": 1}', '{"type": "send", "content": "x", "\\udfff": 1}'),
    *('{"type": "send", "type": []}', '{"type": [], "type": "stop"}', "\ufeff{}", "\u2028", "\x00"),
    *("[" * 60_000, '{"a":' * 10_000, "[" * DEEP + "]" * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP),
    *('{"type": ' + "[" * DEEP + "]" * DEEP + "}", '{"type": "send", "content": ' + "9" * 4_000),
]
SHAPES: list[Any] = [
    *(None, True, False, 0, -1, 2**53, 1e308, 0.1, "", " ", "x", "\x00", "\u202e", "💬"),
    *("x" * 9_000, [], {}, [[]], [None], ["x"], [{}], {"a": 1}, {"": {}}, {"type": "send"}),
    *(["x"] * 2_000, nest(90), nest(500)),
]


def frames(turn: str) -> dict[str, dict[str, Any]]:
    """One of each type, with all of its fields; each is right but for what it names."""
    other = "01a2173f-5b26-7a31-8b1f-2f5d0c9a7e44"
    return {
        "send": {
            "type": "send",
            "content": "hello",
            "model": "echo",
            "collections": [],
            "documents": None,
            "tools": [],
            "cache": True,
            "attachments": [],
            "conversation_id": other,
            "parent_id": None,
            "request_id": "",
        },
        "stop": {"type": "stop", "turn": turn, "after": ""},
        "subscribe": {"type": "subscribe", "turn": other, "after": "1-1"},
        "decide": {"type": "decide", "call": other, "token": "x", "confirm": True},
    }


def change_fields(turn: str) -> Iterator[dict[str, Any]]:
    """Each frame with each of its fields in each shape, without it, and with one more."""
    for frame in frames(turn).values():
        for field in frame:
            if field != "type":
                yield {name: value for name, value in frame.items() if name != field}
            for shape in SHAPES:
                yield frame | {field: shape}
        yield frame | {"more": nest(90)}


def shake_fields(seed: int) -> Iterator[dict[str, Any]]:
    """Several fields at once, of any frame."""
    chance = random.Random(seed)
    names = sorted({name for frame in frames("x").values() for name in frame})
    for _ in range(150):
        chosen = chance.sample(names, chance.randint(1, len(names)))
        frame = {name: chance.choice(SHAPES) for name in chosen}
        yield frame | {"type": chance.choice(["send", "stop", "subscribe", "decide"])}


async def read_error_codes(socket: Any) -> list[str]:
    """The codes of an error, or nothing of what was taken for a good frame."""
    frame = await receive_frame(socket)
    if frame["type"] == "error":
        return [frame["data"]["code"]]
    if frame["type"] != "done":
        await until_done(socket)
    return []


@pytest.mark.parametrize("as_bytes", [False, True])
async def test_a_frame_that_is_none_is_refused(alice: User, as_bytes: bool) -> None:
    socket = await open_socket(alice)
    for raw in RAW:
        sent = {"bytes_data": raw.encode()} if as_bytes else {"text_data": raw}
        await socket.send_to(**sent)
        assert await read_error_codes(socket) in (["invalid_frame"], ["validation_error"]), raw[:80]
    if as_bytes:
        for data in (b"\xff\xfe{}", b"\x80", b'{"type": "se\xffnd"}', bytes(range(256))):
            await socket.send_to(bytes_data=data)
            assert await read_error_codes(socket) == ["invalid_frame"]
    await is_well(socket)


async def test_a_field_of_any_shape_is_answered(alice: User) -> None:
    done = await ask(alice, "echo")
    await entries(done.turn)
    socket = await open_socket(alice)
    for frame in change_fields(str(done.turn.id)):
        await socket.send_to(text_data=json.dumps(frame))
        stops = frame["type"] == "stop" and frame.get("turn") == str(done.turn.id)
        if stops and isinstance(frame.get("after", ""), str) and "more" not in frame:
            # To stop what has ended says nothing; what comes next is of the next frame.
            continue
        assert "internal_error" not in await read_error_codes(socket), str(frame)[:200]
    await is_well(socket)


@pytest.mark.parametrize("seed", [1, 2])
async def test_fields_of_any_shapes_together_are_answered(alice: User, seed: int) -> None:
    socket = await open_socket(alice)
    for frame in shake_fields(seed):
        await socket.send_to(text_data=json.dumps(frame))
        assert "internal_error" not in await read_error_codes(socket), str(frame)[:200]
    await is_well(socket)


async def is_well(socket: Any) -> None:
    await say(socket, type="send", content="hello there", model="echo", collections=[])
    assert (await until_done(socket))[-1]["data"]["content"] == "hello there "
    await socket.disconnect()
