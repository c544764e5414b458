"""The mailbox's pages: the list, one mail, and what a mail consists of."""

import http.server
import urllib.parse
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
# A mail is somebody else's HTML: no scripts, no forms, and its links open in a new tab.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; form-action 'none'; "
    "img-src * data:; style-src * 'unsafe-inline'; font-src * data:"
)
PAGE_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"
BASE = '<base target="_blank">'
VIEWS = ("message", "text", "headers", "source")
SHOWN = ("From", "To", "Cc", "Reply-To", "Date")

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
<script src="/refresh.js" defer></script>
</head>
<body class="{body}">
<a class="skip" href="#main">Skip to the message</a>
<header>
<h1><a href="/">Demo mailbox</a></h1>
<p id="count" role="status">{count}</p>
<form method="post" action="/clear"><button>Delete all</button></form>
</header>
<div class="columns">
<nav id="list" aria-label="Mails, newest first">{items}</nav>
<main id="main" tabindex="-1">{main}</main>
</div>
</body>
</html>
"""
EMPTY_LIST = """\
<p class="empty">Nothing has been sent yet.<br>What the demo shop sends appears here by itself.</p>
"""
NOTHING_CHOSEN = '<p class="empty">Choose a mail from the list to read it.</p>'
ITEM = """\
<a href="/mail/{name}"{current}>
<span class="who">{sender}</span> <time datetime="{iso}">{time}</time>
<strong>{subject}</strong> <span class="to">to {to}</span>
</a>
"""


class Page(http.server.BaseHTTPRequestHandler):
    """Answers the browser; a subclass brings the `store`."""

    store = None
    server_version = "Mailbox"

    def do_GET(self):
        """Show a page."""
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        match address.path.strip("/").split("/"):
            case [""]:
                self._page(query)
            case ["list"]:
                self._send(self._items(query.get("selected", "")))
            case ["style.css"]:
                self._send((HERE / "style.css").read_text(), "text/css")
            case ["refresh.js"]:
                self._send((HERE / "refresh.js").read_text(), "text/javascript")
            case ["mail", name, *rest]:
                self._mail(name, rest, query)
            case _:
                self._missing()

    def do_POST(self):
        """Delete all mails, when it was this page that asked."""
        asked_by = self.headers.get("Sec-Fetch-Site", "same-origin")
        if self.path != "/clear" or asked_by != "same-origin":
            self._missing()
            return
        self.store.clear()
        self.send_response(303)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _mail(self, name, rest, query):
        try:
            mail = self.store.mail(name)
        except FileNotFoundError:
            self._missing()
            return
        match rest:
            case []:
                self._page(query, name, mail)
            case ["html"]:
                html = BASE + mail.html(f"/mail/{name}")
                self._send(html, policy=MAIL_POLICY)
            case ["source.eml"]:
                self._send(self.store.source(name), "message/rfc822")
            case ["part", number] if number.isdecimal():
                self._part(mail, int(number))
            case _:
                self._missing()

    def _part(self, mail, number):
        part = dict(mail.parts()).get(number)
        if part is None:
            self._missing()
        else:
            content = part.get_payload(decode=True) or b""
            self._send(content, part.get_content_type(), policy=MAIL_POLICY)

    def _missing(self):
        self._send(
            '<p class="empty">There is no such page. <a href="/">To the mailbox</a></p>', status=404
        )

    # -- pieces of pages

    def _page(self, query, name="", mail=None):
        view = query.get("view", VIEWS[0])
        page = PAGE.format(
            title=f"{escape(mail.subject)} – Demo mailbox" if mail else "Demo mailbox",
            body="one" if mail else "all",
            count=self._count(),
            items=self._items(name),
            main=self._reading(name, mail, view) if mail else self._nothing_chosen(),
        )
        self._send(page, policy=PAGE_POLICY)

    def _reading(self, name, mail, view):
        if view == "source":
            source = escape(self.store.source(name).decode("utf-8", "replace"))
            download = f'<p><a href="/mail/{name}/source.eml" download>Download as .eml</a></p>'
            return _head(name, mail, view) + f'{download}<pre tabindex="0">{source}</pre>'
        return _head(name, mail, view) + _view(name, mail, view)

    def _nothing_chosen(self):
        return NOTHING_CHOSEN if self.store.names() else ""

    def _count(self):
        number = len(self.store.names())
        return "1 mail" if number == 1 else f"{number} mails"

    def _items(self, selected):
        items = [_item(name, mail, name == selected) for name, mail in self.store.summaries()]
        return "".join(items) or EMPTY_LIST

    def _send(self, content, kind="text/html", status=200, policy=PAGE_POLICY):
        data = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
        charset = "; charset=utf-8" if isinstance(content, str) else ""
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}{charset}")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        """Say nothing: the page asks for the list every few seconds."""


def _item(name, mail, selected):
    date = mail.date
    return ITEM.format(
        name=name,
        current=_current(selected),
        sender=escape(mail.sender),
        iso=date.isoformat() if date else "",
        time=f"{date:%H:%M}" if date else "",
        subject=escape(mail.subject),
        to=escape(mail.recipients),
    )


def _head(name, mail, view):
    """Return a mail's subject and most important headers, and the way to its views."""
    rows = "".join(
        f"<dt>{label}</dt><dd>{escape(mail.header(label))}</dd>"
        for label in SHOWN
        if mail.header(label)
    )
    parts = [
        f'<a href="/mail/{name}/part/{number}">{escape(part.get_filename() or "picture")}</a>'
        for number, part in mail.parts()
    ]
    attached = f"<dt>Attached</dt><dd>{', '.join(parts)}</dd>" if parts else ""
    return (
        f'<p class="back"><a href="/">← All mails</a></p><h2>{escape(mail.subject)}</h2>'
        f"<dl>{rows}{attached}</dl>{_tabs(name, view)}"
    )


def _current(is_current):
    return ' aria-current="page"' if is_current else ""


def _tabs(name, current):
    links = [
        f'<a href="/mail/{name}?view={view}"{_current(view == current)}>{view.capitalize()}</a>'
        for view in VIEWS
    ]
    return f'<nav class="views" aria-label="Views of this mail">{"".join(links)}</nav>'


def _view(name, mail, view):
    if view == "headers":
        rows = "".join(
            f'<tr><th scope="row">{escape(key)}</th><td>{escape(value)}</td></tr>'
            for key, value in mail.headers()
        )
        return f'<div class="scroll"><table>{rows}</table></div>'
    if view == "text" or not mail.body("html"):
        return f'<pre class="text" tabindex="0">{escape(mail.body("plain") or "(no text)")}</pre>'
    return (
        f'<iframe title="The mail as its reader sees it" src="/mail/{name}/html" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )
