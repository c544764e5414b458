"""Many numbers of a sequence at once: the ORM takes them one by one."""

from odoo import fields
from odoo.tools import SQL


def sequence_of(env, code, company):
    """Return the sequence that `next_by_code` would use for `company`, possibly none."""
    # sudo: sequences belong to the system
    sequences = env["ir.sequence"].sudo().with_company(company)
    domain = [("code", "=", code), ("company_id", "in", (company.id, False))]
    return sequences.search(domain, order="company_id", limit=1)


def take_numbers(sequence, count):
    """Take the `count` numbers, as texts, that Odoo would give one after the other.

    It takes as many statements as for a few of them.

    :param ir.sequence sequence: with the rights of the system, possibly none
    :rtype: list[str]
    """
    if not sequence or not count:
        return []
    if sequence.implementation == "standard" and not sequence.use_date_range:
        return _texts(sequence, _draw(sequence, f"ir_sequence_{sequence.id:03d}", count))
    # Odoo itself takes the first one: it makes a range that is missing, and locks the counter.
    date = sequence.env.context.get("ir_sequence_date", fields.Date.today())
    return [sequence.next_by_id(date), *_following(sequence, date, count - 1)]


def _following(sequence, date, count):
    """Take `count` numbers more, of the range of dates that counts for `date` if it has such."""
    if not count:
        return []
    counter = sequence
    if sequence.use_date_range:
        counter = _range_of(sequence, date)
        sequence = sequence.with_context(ir_sequence_date_range=counter.date_from)
    if sequence.implementation == "standard":
        name = f"ir_sequence_{sequence.id:03d}_{counter.id:03d}"
        return _texts(sequence, _draw(sequence, name, count))
    start, step = counter.number_next, sequence.number_increment
    counter.number_next = start + step * count
    return _texts(sequence, [start + step * place for place in range(count)])


def _range_of(sequence, date):
    """Return the range that Odoo counts in for `date`, which is there."""
    domain = [
        ("sequence_id", "=", sequence.id),
        ("date_from", "<=", date),
        ("date_to", ">=", date),
    ]
    return sequence.env["ir.sequence.date_range"].search(domain, limit=1)


def _draw(sequence, name, count):
    """Take `count` numbers of PostgreSQL's sequence `name`, in the order in which it counts."""
    rows = sequence.env.execute_query(
        SQL("SELECT nextval(%s) FROM generate_series(1, %s)", name, count)
    )
    return sorted((number for (number,) in rows), reverse=sequence.number_increment < 0)


def _texts(sequence, numbers):
    prefix, suffix = sequence._get_prefix_suffix()
    digits = f"%0{sequence.padding}d"
    return [f"{prefix}{digits % number}{suffix}" for number in numbers]
