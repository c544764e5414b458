"""Many numbers of a sequence at once: the ORM takes them one by one."""

from odoo.tools import SQL


def sequence_of(env, code, company):
    """Return the sequence that `next_by_code` would use for `company`, possibly none."""
    # sudo: sequences belong to the system
    sequences = env["ir.sequence"].sudo().with_company(company)
    domain = [("code", "=", code), ("company_id", "in", (company.id, False))]
    return sequences.search(domain, order="company_id", limit=1)


def take_numbers(sequence, count):
    """Take `count` numbers, as texts; in one statement when it is a standard sequence.

    One without gaps is counted in its own row, and one of dates can change its range meanwhile:
    for these the ORM has the last word.

    :rtype: list[str]
    """
    if not sequence or not count:
        return []
    if sequence.implementation != "standard" or sequence.use_date_range:
        return [sequence.next_by_id() for _number in range(count)]
    rows = sequence.env.execute_query(
        SQL(
            "SELECT nextval(%s) FROM generate_series(1, %s)",
            f"ir_sequence_{sequence.id:03d}",
            count,
        )
    )
    prefix, suffix = sequence._get_prefix_suffix()
    digits = f"%0{sequence.padding}d"
    return [f"{prefix}{digits % number}{suffix}" for (number,) in sorted(rows)]
