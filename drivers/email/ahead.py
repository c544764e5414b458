"""The next mail is built while a mail server takes the one before."""

from itertools import pairwise
from smtplib import SMTP

import psycopg2

END_OF_MESSAGE = b"\r\n.\r\n"


class Ahead:
    """Builds what goes over one connection, each mail during the wait for the one before it.

    When a server has got a whole message, it takes longer to answer than at any other time, and no
    command may be sent to it until it has (RFC 5321, 4.5.4.1 and RFC 2920): time in which a mail
    can be built for nothing.
    """

    def __init__(self, session, mails, build):
        """Work ahead within a `with` block.

        :param smtplib.SMTP session: over one of another kind, all is built when it is asked for
        :param mails: in the order in which they will be asked for, each at most once
        :param build: takes one of them
        """
        self._session = session if isinstance(session, SMTP) else None
        self._build = build
        self._following = dict(pairwise(mails))
        self._upcoming, self._built, self._error = None, {}, None

    def __enter__(self):
        if self._session:
            self._session.send = self._send
        return self

    def __exit__(self, kind, *_error):
        if self._session:
            del self._session.send
        if not kind:
            self._raise_error()

    def take(self, mail):
        """Return what `build` makes of a mail.

        :raise Exception: what `build` raises, also where it has been tried before
        """
        self._raise_error()
        self._upcoming = self._following.get(mail)
        return self._built.pop(mail) if mail in self._built else self._build(mail)

    def _send(self, data):
        type(self._session).send(self._session, data)
        if isinstance(data, bytes) and data.endswith(END_OF_MESSAGE):
            self._build_next()

    def _build_next(self):
        """Build the mail that will be asked for next; what fails here will fail there.

        No error may come between a message and the answer to it.
        """
        if not self._upcoming or self._upcoming in self._built:
            return
        try:
            self._built[self._upcoming] = self._build(self._upcoming)
        except psycopg2.Error as error:  # the whole transaction is broken, and this says why
            self._error = error
        except Exception:  # noqa: BLE001  (whatever it is, it comes again in its turn)
            self._built.clear()

    def _raise_error(self):
        if self._error:
            raise self._error
