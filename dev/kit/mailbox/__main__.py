"""Take mails by SMTP and show them by HTTP, until this process is ended."""

import argparse
import contextlib
import http.server

from kit import smtp
from kit.mailbox.store import Store
from kit.mailbox.web import Page


def main():
    """Serve both."""
    parser = argparse.ArgumentParser(prog="python -m kit.mailbox")
    parser.add_argument("folder", help="where the mails are kept, one .eml each")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--bind", default="127.0.0.1", help="the address of the web page")
    options = parser.parse_args()
    handler = type("MailboxPage", (Page,), {"store": Store(options.folder)})
    web = http.server.ThreadingHTTPServer((options.bind, options.http_port), handler)
    web.daemon_threads = True
    with (
        smtp.serving(smtp.Sink(options.folder), options.smtp_port),
        contextlib.suppress(KeyboardInterrupt),
    ):
        web.serve_forever()


main()
