"""What a mail server reports about a mail that came back (RFC 3464)."""

REPORT = "message/delivery-status"
# What RFC 3463 says of the recipient's address itself. Everything else is about the sender, the
# mail, a policy, a server or a full mailbox: another mail may arrive.
OF_NO_USE = frozenset(
    (
        "5.0.0",  # nothing is said but that it failed for good
        *("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.5", "5.1.6", "5.1.10"),
        "5.2.1",  # the mailbox is disabled
        "5.4.4",  # there is no such domain
    )
)


def is_of_no_use(status):
    """Tell whether a status says that nobody is reached at the address, nor will be.

    :param str status: such as 5.1.1, possibly with a comment, or "" where none is given
    :rtype: bool
    """
    code = status.split()[:1]
    return not code or code[0] in OF_NO_USE


def is_failure(mail):
    """Tell whether a report says that a mail has not arrived, and will not.

    :param email.message.Message mail: a report, or whatever else came back, possibly None
    :return: whether it failed; a mail without such a report came back for a reason of its own
    :rtype: bool
    """
    fields = _recipients(mail)
    return not fields or "failed" in {action for action, _status in fields}


def is_lasting(mail):
    """Tell whether a report says that the address is of no use, and not only this mail today.

    :param email.message.Message mail: as of `is_failure`
    :rtype: bool
    """
    failed = [status for action, status in _recipients(mail) if action == "failed"]
    return not failed or any(map(is_of_no_use, failed))


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
