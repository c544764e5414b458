"""A real HTTP server on this machine, which a fake provider is made of."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Hands every call to the provider, and writes what it returns."""

    provider = None
    protocol_version = "HTTP/1.1"

    def handle_one(self):
        size = int(self.headers.get("Content-Length") or 0)
        answer = self.provider.answer(self.command, self.path, self.headers, self.rfile.read(size))
        if answer is None:  # it hangs up
            self.close_connection = True
            return
        status, headers, body = answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = handle_one

    def log_message(self, *_args):
        """Say nothing."""


@contextmanager
def serving(provider):
    """Let a provider answer, and yield its base address.

    :param provider: has `answer(method, path, headers, body)`, which returns a status, headers and
        a body, or None to hang up
    """
    handler = type("Bound", (Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
