"""An HTTP server for one WSGI application that keeps connections open and can break them on purpose."""

import io
import socket
import struct
import sys
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

BREAK_HEADER = "X-Stand-In-Break"
_LARGEST_BODY = 1_048_576
# With this option a socket that is closed sends a reset instead of a farewell.
_RESET = struct.pack("ii", 1, 0)


class Server(ThreadingHTTPServer):
    """Listens on loopback; `port` 0 takes a free one."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, app: "WSGIApplication", port: int = 0) -> None:
        self.app = app
        super().__init__(("127.0.0.1", port), _Handler)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - as the base has it
        """Close without a farewell of our own, so that a reset stays a reset."""
        self.close_request(request)

    @property
    def url(self) -> str:
        """The address to give to a client."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60
    server: Server

    def serve(self) -> None:
        """Answer through the application."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST_BODY:
            self.send_error(413)
            return
        status, headers, body = self._ask(self.rfile.read(length))
        broken = dict(headers).get(BREAK_HEADER)
        if broken is None:
            self._answer(status, headers, body)
        else:
            self._break(broken, body)

    do_GET = do_POST = do_DELETE = serve  # noqa: N815 - names that the base class calls

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - as the base has it
        """Say nothing: request lines carry telephone numbers."""

    def _ask(self, body: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
        answer: list[Any] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], _error: object = None
        ) -> Callable[[bytes], object]:
            answer[:] = [status, headers]
            return _no_writing

        chunks: Iterable[bytes] = self.server.app(self._environ(body), start_response)
        return answer[0], answer[1], b"".join(chunks)

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        host, port = self.server.server_address[:2]
        environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": _unquoted(path),
            "QUERY_STRING": query,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        return environ

    def _answer(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, phrase = status.partition(" ")
        self.send_response_only(int(code), phrase)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _break(self, how: str, body: bytes) -> None:
        """Hang up: by reset before anything was said, without a word, or in the middle of the body."""
        self.close_connection = True
        if how.endswith("half"):
            head = f"HTTP/1.1 201 CREATED\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            self.wfile.write(head + body[: len(body) // 2])
            self.wfile.flush()
        if how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        else:
            self.connection.shutdown(socket.SHUT_RDWR)


def _unquoted(path: str) -> str:
    return unquote_to_bytes(path).decode("latin-1")


def _no_writing(_data: bytes) -> None:
    """Stand for the old way of writing an answer, which Flask does not use."""
