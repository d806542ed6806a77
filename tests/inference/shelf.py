"""A server of one file, as others run them: the peer of our downloads."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LENGTH = "Content-Length"


def whole(content, *, version='"1"'):
    """The file, or the part of it that is asked for, if it still is of that version."""

    def answer(handler):
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        same = handler.headers.get("If-Range", version) == version
        begin = int(asked[1]) if asked and same else 0
        headers = {"ETag": version} if version else {}
        if begin >= len(content) > 0:
            handler.begin(416, {**headers, LENGTH: "0", "Content-Range": f"bytes */{len(content)}"})
            return
        headers[LENGTH] = str(len(content) - begin)
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        handler.begin(206 if begin else 200, headers)
        handler.wfile.write(content[begin:])

    return answer


def cut(content, after, *, version='"1"'):
    """The first bytes of the file; then the connection ends."""

    def answer(handler):
        handler.begin(200, {LENGTH: str(len(content)), **({"ETag": version} if version else {})})
        handler.wfile.write(content[:after])

    return answer


def held(content, after):
    """The first bytes of the file; then nothing, for as long as anybody listens."""

    def answer(handler):
        cut(content, after)(handler)
        handler.server.over.wait(20)

    return answer


def unnumbered(content, *, ends=True):
    """The file, whose length nobody is told, in chunks; the last one says that it is the last."""

    def answer(handler):
        handler.begin(200, {"Transfer-Encoding": "chunked"})
        half = len(content) // 2
        for part in (content[:half], content[half:]):
            handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        if ends:
            handler.wfile.write(b"0\r\n\r\n")

    return answer


def only(status, **headers):
    """No file."""

    def answer(handler):
        handler.begin(
            status, {LENGTH: "0", **{name.replace("_", "-"): text for name, text in headers.items()}}
        )

    return answer


def moved(location):
    """The file is elsewhere."""
    return only(302, Location=location)


def elsewhere(content, begin):
    """A part of the file that nobody asked for."""

    def answer(handler):
        place = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        handler.begin(206, {LENGTH: str(len(content) - begin), "Content-Range": place})
        handler.wfile.write(content[begin:])

    return answer


class Shelf(ThreadingHTTPServer):
    """Answers each request with the next of `answers`, or with the last again."""

    daemon_threads = True

    def __init__(self, *answers, context=None):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.asked = []
        self.over = threading.Event()
        self._scheme = "https" if context else "http"
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def url(self):
        """Where the file is."""
        return f"{self._scheme}://127.0.0.1:{self.server_port}/models/toy.gguf"

    @property
    def ranges(self):
        """From where each request wanted it."""
        return [one.get("Range") for one in self.asked]

    def handle_error(self, request, client_address):
        """Whoever hangs up early is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.asked.append(self.headers)
        answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        self.close_connection = True
        answer(self)

    def begin(self, status, headers):
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()

    def log_message(self, *_):
        """Tests look at what was asked instead."""


@contextmanager
def serving(*answers, context=None):
    """Such a server, which is gone at the end of the block."""
    shelf = Shelf(*answers, context=context)
    thread = threading.Thread(target=shelf.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield shelf
    finally:
        shelf.over.set()
        shelf.shutdown()
        shelf.server_close()
        thread.join()
