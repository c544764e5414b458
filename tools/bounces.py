"""What a mail server reports about a mail that came back (RFC 3464)."""

REPORT = "message/delivery-status"


def is_failure(mail):
    """Tell whether a report says that a mail has not arrived, and will not.

    :param email.message.Message mail: a report, or whatever else came back, possibly None
    :return: whether it failed; a mail without such a report came back for a reason of its own
    :rtype: bool
    """
    fields = _recipients(mail)
    return not fields or "failed" in {action for action, _status in fields}


def is_lasting(mail):
    """Tell whether a report says that the address is of no use, and not only its server today.

    :param email.message.Message mail: as of `is_failure`
    :rtype: bool
    """
    failed = [status for action, status in _recipients(mail) if action == "failed"]
    return not failed or not all(map(_passes, failed))


def _passes(status):
    """Tell whether a status is one of a server that is down, or of a full mailbox (RFC 3463)."""
    return status.startswith("4") or status == "5.2.2"


def _recipients(mail):
    """Return what is reported of each recipient: the action and the status, in small letters."""
    parts = [] if mail is None else mail.walk()
    reports = [part for part in parts if part.get_content_type() == REPORT]
    blocks = [block for part in reports for block in _blocks(part)]
    return [
        (str(block["Action"]).strip().lower(), str(block["Status"] or "").strip())
        for block in blocks
        if block["Action"]
    ]


def _blocks(part):
    content = part.get_payload()
    return content if isinstance(content, list) else []
