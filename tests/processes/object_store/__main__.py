"""The server itself, apart from what starts it: it loads much."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from tests.processes.object_store import Fault

REFUSED = ("HTTP_X_AMZ_CHECKSUM", "HTTP_X_AMZ_SDK_CHECKSUM", "HTTP_X_AMZ_TRAILER")
ERROR = '<?xml version="1.0"?><Error><Code>{}</Code><Message>No.</Message></Error>'


class Faulty:
    """A WSGI application before moto's."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.faults: list[Fault] = []
        self.asked: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path.startswith("/-/"):
            return self._control(path, environ, start)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        named = {"range": environ.get("HTTP_RANGE", ""), "query": environ["QUERY_STRING"]}
        kind = environ.get("CONTENT_TYPE", "")
        self.asked.append(named | {"method": method, "path": path, "bytes": length, "type": kind})
        chunked = "aws-chunked" in environ.get("HTTP_CONTENT_ENCODING", "")
        if chunked or any(name.startswith(REFUSED) for name in environ):
            return self._refuse(environ, start, Fault(method, 400, "InvalidArgument"))
        for fault in self.faults:
            if fault.times and fault.method == method and fault.path in path:
                fault.times -= 1
                if fault.status:
                    return self._refuse(environ, start, fault)
                return break_off(self.inner(environ, start))
        return self.inner(environ, start)

    def _refuse(self, environ: dict[str, Any], start: Any, fault: Fault) -> list[bytes]:
        # The body is read, or the next request on the connection would begin in it.
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        body = b"" if fault.method == "HEAD" else ERROR.format(fault.code).encode()
        headers = {"Content-Type": "application/xml", "Content-Length": str(len(body))}
        start(f"{fault.status} No", list((headers | fault.headers).items()))
        return [body]

    def _control(self, path: str, environ: dict[str, Any], start: Any) -> list[bytes]:
        answer: Any = {}
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if path == "/-/fault":
            self.faults.append(Fault(**json.loads(body)))
        elif path == "/-/heal":
            self.faults, self.asked = [], []
        else:
            answer = self.asked
        data = json.dumps(answer).encode()
        start("200 OK", [("Content-Length", str(len(data)))])
        return [data]


def break_off(answer: Any) -> Iterator[bytes]:
    body = b"".join(answer)
    yield body[: len(body) // 2]
    raise ConnectionAbortedError


def main() -> None:
    application = Faulty(DomainDispatcherApplication(create_backend_app))
    server = make_server(
        "127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler
    )
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
