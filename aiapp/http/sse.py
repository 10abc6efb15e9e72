"""Server-sent events as all our streams write them."""

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-store, no-transform",
    "X-Accel-Buffering": "no",
}
END = b"data: [DONE]\n\n"
HEARTBEAT = b": still here\n\n"
HEARTBEAT_SECONDS = 15.0


def encode(json: bytes, *, event: str = "", id: str = "") -> bytes:
    """Write an event; without a name or an id, the line is left out.

    `json` stands in one line, for JSON without indentation holds no raw line break.
    """
    head = b"id: %s\n" % id.encode() if id else b""
    if event:
        head += b"event: %s\n" % event.encode()
    return b"%sdata: %s\n\n" % (head, json)
