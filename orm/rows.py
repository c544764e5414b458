"""Rows by the hundred in one statement, for tables that grow by one row per cart or message.

The ORM inserts and updates at most a hundred rows at a time and works on each of them by itself,
which takes several times as long as the database does. These two do what it does for plain
columns and nothing else: no x2many, no translated or computed columns, no overridden `create` or
`write`. `records.modified` sees to what depends on the columns.
"""

from odoo.tools import SQL


def insert_rows(model, vals_list, unless_known=False):
    """Create one record for each dictionary, all with the same keys; defaults are asked for once.

    :param bool unless_known: leave out what a unique index knows already, instead of failing
    :return: the new records, in the order of `vals_list`; what was left out is not among them
    """
    if not vals_list:
        return model.browse()
    model.flush_model()  # unique indexes must see what the ORM still keeps to itself
    now, uid = model.env.cr.now(), model.env.uid
    log = {"create_uid": uid, "create_date": now, "write_uid": uid, "write_date": now}
    names = [name for name, field in model._fields.items() if field.store and field.column_type]
    constant = model.default_get([name for name in names if name not in vals_list[0]]) | log
    rows = [{**constant, **vals} for vals in vals_list]
    records = model.browse(_insert(model, rows, unless_known))
    _forget_mirrors(records, rows[0])
    records.modified(rows[0], create=True)
    return records


def _insert(model, rows, unless_known):
    """Insert dictionaries as rows, and return their ids in the order of `rows`.

    PostgreSQL promises no order of what an INSERT returns: each row takes its id along with its
    place among `rows`. That one statement does it all matters for small batches.
    """
    columns = SQL(", ").join(map(SQL.identifier, rows[0]))
    found = model.env.execute_query(
        SQL(
            """WITH new AS MATERIALIZED (
                      SELECT nextval(pg_get_serial_sequence(%(name)s, 'id')) AS id, given.*
                        FROM %(values)s WITH ORDINALITY AS given(%(columns)s, place_in_list)),
                    inserted AS (
                      INSERT INTO %(table)s (id, %(columns)s)
                      SELECT id, %(columns)s FROM new %(unless_known)s RETURNING id)
               SELECT new.place_in_list, new.id FROM new JOIN inserted ON inserted.id = new.id""",
            name=model._table,
            table=SQL.identifier(model._table),
            values=_unnest(model, rows),
            columns=columns,
            unless_known=SQL("ON CONFLICT DO NOTHING" if unless_known else ""),
        )
    )
    return [id_ for _place, id_ in sorted(found)]


def update_rows(records, vals_list):
    """Write one dictionary to each record, all with the same keys."""
    if not records:
        return
    names = list(vals_list[0])
    log = {"write_uid": records.env.uid, "write_date": records.env.cr.now()}
    records.flush_recordset([*log, *names])
    rows = [
        {"id": record.id, **log, **vals} for record, vals in zip(records, vals_list, strict=True)
    ]
    columns = SQL(", ").join(map(SQL.identifier, rows[0]))
    records.env.cr.execute(
        SQL(
            "UPDATE %(table)s SET %(assignments)s FROM %(values)s AS new(%(columns)s)"
            " WHERE %(table)s.id = new.id",
            table=SQL.identifier(records._table),
            assignments=SQL(", ").join(
                SQL("%s = new.%s", SQL.identifier(name), SQL.identifier(name))
                for name in (*log, *names)
            ),
            values=_unnest(records, rows),
            columns=columns,
        )
    )
    records.invalidate_recordset([*log, *names], flush=False)
    _forget_mirrors(records, names)
    records.modified(names)


def _unnest(model, rows):
    """Return dictionaries as a table, one array for each column."""
    arrays = []
    for name in rows[0]:
        field = model._fields[name]
        nothing = False if field.type == "boolean" else None
        values = [nothing if row[name] is False else row[name] for row in rows]
        arrays.append(SQL("%s::%s[]", values, SQL(field.column_type[1])))
    return SQL("unnest(%s)", SQL(", ").join(arrays))


def _forget_mirrors(records, names):
    """Let the one2many fields that mirror these columns be read again."""
    env = records.env
    for name in names:
        for inverse in env.registry.field_inverses[records._fields[name]]:
            env[inverse.model_name].invalidate_model([inverse.name], flush=False)
