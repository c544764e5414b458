"""The mails in the folder, newest first."""

import contextlib
import email
import email.policy
import email.utils
import re
from pathlib import Path

NAME = re.compile(r"\d+-\d+")
SHOWN = 300


class Store:
    """A folder of .eml files, named after the time of their arrival."""

    def __init__(self, folder):
        """Read the folder, which need not exist yet."""
        self.folder = Path(folder)
        self._summaries = {}

    def names(self):
        """Return the names of the newest mails, the newest first."""
        found = (path.stem for path in self.folder.glob("*.eml"))
        return sorted(found, key=_arrival, reverse=True)[:SHOWN]

    def summaries(self):
        """Yield the newest mails as (name, Mail), reading each file only once."""
        for name in self.names():
            if name not in self._summaries:
                with contextlib.suppress(FileNotFoundError):
                    self._summaries[name] = Mail(self.source(name))
            if name in self._summaries:
                yield name, self._summaries[name]

    def source(self, name):
        """Return a mail as it arrived; a name that is none raises FileNotFoundError."""
        if not NAME.fullmatch(name):
            raise FileNotFoundError(name)
        return (self.folder / f"{name}.eml").read_bytes()

    def mail(self, name):
        """Return one mail."""
        return Mail(self.source(name))

    def clear(self):
        """Delete every mail."""
        self._summaries.clear()
        for path in self.folder.glob("*.eml"):
            path.unlink(missing_ok=True)


def _arrival(name):
    return tuple(int(number) for number in name.split("-"))


class Mail:
    """One mail, taken apart for reading."""

    def __init__(self, source):
        """Parse the bytes that arrived."""
        self.message = email.message_from_bytes(source, policy=email.policy.default)

    def header(self, name, missing=""):
        """Return a header as text; one that is broken is shown as it is."""
        try:
            return str(self.message[name] or missing)
        except (ValueError, TypeError, AttributeError, IndexError):
            raw = {key.lower(): value for key, value in self.message.raw_items()}
            return str(raw.get(name.lower(), missing))

    @property
    def subject(self):
        """The subject, which may be missing."""
        return self.header("Subject") or "(no subject)"

    @property
    def sender(self):
        """The sender's name, else the address."""
        name, address = email.utils.parseaddr(self.header("From"))
        return name or address or "(no sender)"

    @property
    def recipients(self):
        """Whom it went to."""
        return self.header("To") or self.header("X-Envelope-To")

    @property
    def date(self):
        """The time of sending, in the local time zone, or None."""
        with contextlib.suppress(ValueError, TypeError):
            return email.utils.parsedate_to_datetime(self.header("Date")).astimezone()
        return None

    def headers(self):
        """Return all headers as (name, value), in their order."""
        return [(name, " ".join(str(value).split())) for name, value in self.message.raw_items()]

    def body(self, kind):
        """Return the text of the first part that is text/<kind> and no attachment, or nothing."""
        part = self.message.get_body(preferencelist=(kind,))
        return _text(part) if part is not None else ""

    def parts(self):
        """Return the parts that can be opened on their own: attachments and pictures."""
        return [
            (number, part)
            for number, part in enumerate(self.message.walk())
            if not part.is_multipart() and (part.get_filename() or part["Content-ID"])
        ]

    def html(self, address):
        """Return the HTML with the pictures it carries along found below the address."""
        html = self.body("html")
        for number, part in self.parts():
            if content_id := str(part["Content-ID"] or "").strip("<> "):
                html = html.replace(f"cid:{content_id}", f"{address}/part/{number}")
        return html


def _text(part):
    try:
        return part.get_content()
    except (LookupError, ValueError):
        return part.get_payload(decode=True).decode("utf-8", "replace")
