"""The bytes of our streams, which clients of many kinds read."""

import orjson
import pytest

from aiapp.http import sse


def test_an_event_is_its_id_its_name_and_its_data():
    assert sse.encode(b'{"a":1}', event="delta", id="17-0") == (
        b'id: 17-0\nevent: delta\ndata: {"a":1}\n\n'
    )


def test_what_is_not_given_has_no_line():
    assert sse.encode(b"{}") == b"data: {}\n\n"
    assert sse.encode(b"{}", event="changed") == b"event: changed\ndata: {}\n\n"
    assert sse.encode(b"{}", id="0-1") == b"id: 0-1\ndata: {}\n\n"


def test_empty_data_is_a_line_all_the_same():
    assert sse.encode(b"", event="ping") == b"event: ping\ndata: \n\n"
    assert sse.encode(orjson.dumps(""), event="ping") == b'event: ping\ndata: ""\n\n'


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\nb", rb'"a\nb"'),
        ("a\rb", rb'"a\rb"'),
        ("a\r\n\r\nb", rb'"a\r\n\r\nb"'),
        ("\n\n", rb'"\n\n"'),
        ("data: x\n\nevent: y", rb'"data: x\n\nevent: y"'),
        ("a\x00b", rb'"a\u0000b"'),
        # Ends of lines to others, not to readers of events.
        ("a\u2028b\u0085c", '"a\u2028b\u0085c"'.encode()),
        ("한국어 😀", '"한국어 😀"'.encode()),
    ],
)
def test_line_breaks_in_a_text_break_no_line(text: str, written: bytes):
    event = sse.encode(orjson.dumps(text), event="delta", id="1-0")
    assert event == b"id: 1-0\nevent: delta\ndata: " + written + b"\n\n"
    assert event.count(b"\n") == 4
    assert b"\r" not in event


def test_a_stream_ends_and_breathes_as_ever():
    assert sse.END == b"data: [DONE]\n\n"
    assert sse.HEARTBEAT == b": still here\n\n"
    assert sse.HEADERS == {
        "Content-Type": "text/event-stream; charset=utf-8",
        "Cache-Control": "no-cache, no-store, no-transform",
        "X-Accel-Buffering": "no",
    }
