"""The only place that opens a connection to a provider: JSON out, JSON in, and what went wrong.

Nothing is raised, and nothing that is returned or logged holds an address, a header or a body:
these hold secrets.
"""

import json
import ssl
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlencode, urlsplit

# What became of a call.
ANSWERED = "answered"  # with JSON
NOT_REACHED = "not_reached"  # the provider has not heard of it: it can be made again
UNKNOWN = "unknown"  # the provider may have done what it was asked to
BUSY = "busy"  # the provider has not done it, and says when it may be asked again
BROKEN = "broken"  # the provider says that it has failed

TIMEOUT = 20.0  # seconds, for each of connecting, sending and answering
MAX_SIZE = 1_000_000  # bytes of an answer
CHUNK = 65_536
TOO_MANY = 429
MAX_WAIT = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a call."""

    kind: str
    status: int = 0  # of HTTP, 0 when there was none
    data: dict = field(default_factory=dict, repr=False)
    detail: str = ""  # in words that hold no secret
    wait: float | None = None  # seconds after which it may be called again, where that was said


def call(method, url, *, query=None, data=None, headers=None, timeout=TIMEOUT):
    """Call a provider once, and follow no redirection: it could lead anywhere.

    :param str url: with scheme, host and path
    :param dict query: what is added to the address
    :param dict data: what is sent as JSON, None for nothing
    :param float timeout: in seconds
    :rtype: Answer
    """
    body = None if data is None else json.dumps(data).encode()
    sent = {"Accept": "application/json", **(headers or {})}
    if body is not None:
        sent["Content-Type"] = "application/json"
    try:
        connection, path = _prepare(url, query, timeout)
    except ValueError:
        return Answer(NOT_REACHED, detail="InvalidURL")
    try:
        connection.connect()
    except OSError as error:
        connection.close()
        return Answer(NOT_REACHED, detail=type(error).__name__)
    try:
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        content = _read(response, time.monotonic() + timeout)
    except (OSError, HTTPException, ValueError) as error:
        return Answer(UNKNOWN, detail=type(error).__name__)
    finally:
        connection.close()
    return _understand(response, content)


def is_address(url):
    """Tell whether calls can go there: a base address with a scheme and a host, and no more."""
    try:
        parts = urlsplit(url or "")
        _port = parts.port
    except ValueError:
        return False
    is_plain = url.isascii() and url.isprintable() and " " not in url
    known = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    return bool(is_plain and known and not parts.query and not parts.fragment)


def _prepare(url, query, timeout):
    if not is_address(url):
        raise ValueError
    parts = urlsplit(url)
    path = parts.path or "/"
    if query:
        path = f"{path}?{urlencode(query)}"
    if parts.scheme == "http":
        return HTTPConnection(parts.hostname, parts.port, timeout=timeout), path
    context = ssl.create_default_context()
    return HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=context), path


def _read(response, end):
    """Return the body; a provider that never ends is given up."""
    content = bytearray()
    while chunk := response.read1(CHUNK):
        content += chunk
        if len(content) > MAX_SIZE or time.monotonic() > end:
            raise HTTPException
    return bytes(content)


def _understand(response, content):
    status, data = response.status, _parse(content)
    if status == TOO_MANY:
        return Answer(BUSY, status, data or {}, f"HTTP {status}", _wait(response))
    if status >= 500:
        return Answer(BROKEN, status, data or {}, f"HTTP {status}", _wait(response))
    if 300 <= status < 400:
        return Answer(NOT_REACHED, status, detail=f"HTTP {status}")
    if data is None:
        # Whoever has written it, a page of an error or of a login: nobody knows what was done.
        return Answer(UNKNOWN, status, detail=f"HTTP {status}, not JSON")
    return Answer(ANSWERED, status, data)


def _parse(content):
    """Return the object that a body holds, None when it holds none."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _wait(response):
    """Return after how many seconds a provider wants to be called again, None for unsaid."""
    words = (response.getheader("Retry-After") or "").strip()
    if words.isascii() and words.isdecimal():
        return min(float(words[:9]), MAX_WAIT)
    try:
        at = parsedate_to_datetime(words)
    except ValueError:
        return None
    here = datetime.fromtimestamp(time.time(), UTC)
    seconds = (at - (here if at.tzinfo else here.replace(tzinfo=None))).total_seconds()
    return min(max(seconds, 0.0), MAX_WAIT)
