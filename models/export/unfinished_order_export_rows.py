from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import cells
from ...tools.schedule import known_tz

DEFAULT_COLUMNS = (
    "name",
    "state",
    "activity_at",
    "customer_name",
    "email",
    "phone",
    "product_ids",
    "quantity",
    "amount_total",
    "currency_id",
    "website_id",
    "team_id",
)
FURTHER_COLUMNS = (
    "user_id",
    "amount_company",
    "company_currency_id",
    "lang",
    "tz",
    "payment_failed",
    "made_by",
    "followup_at",
    "stopped_at",
    "placed_order_id",
    "closed_at",
    "company_id",
)
# What can be searched for, and is no column.
SEARCHED = (
    *("id", "create_date", "order_id", "partner_id", "payment_ids"),
    *("anything", "country_id", "phone_as_typed", "is_high_value"),
    *("activity_ids", "activity_user_id", "activity_state", "activity_date_deadline"),
)


class Writers(NamedTuple):
    """How each kind of value becomes a cell of one file format, and cells a row."""

    text: callable
    number: callable
    amount: callable
    moment: callable
    boolean: callable
    row: callable


WRITERS = {
    "csv": Writers(
        cells.csv_text,
        cells.csv_number,
        cells.csv_number,
        cells.csv_datetime,
        cells.csv_boolean,
        lambda row: ",".join(row) + "\r\n",
    ),
    "xlsx": Writers(
        cells.xlsx_text,
        cells.xlsx_number,
        cells.xlsx_amount,
        cells.xlsx_datetime,
        cells.xlsx_boolean,
        lambda row: f"<row>{''.join(row)}</row>",
    ),
}
WIDTHS = {"datetime": 17, "many2many": 40, "many2one": 20, "selection": 14, "char": 24}


class UnfinishedOrderExport(models.Model):
    """Reading the rows: one query for all columns of a batch, and one or two for each kind of name.

    The query is the ORM's own, so that record rules hold; the values never become records, which
    would take several times as long.
    """

    _inherit = "unfinished.order.export"

    # === Which columns, which conditions ===#

    @api.model
    def _default_columns(self):
        """Return the columns that are chosen at first, in order."""
        return DEFAULT_COLUMNS

    @api.model
    def _known_columns(self):
        """Return all columns there are; who adds fields extends this."""
        return (*DEFAULT_COLUMNS, *FURTHER_COLUMNS)

    @api.model
    def _condition_fields(self):
        """Return the fields that conditions may be about; who adds fields extends this."""
        return {*self._known_columns(), *SEARCHED}

    @api.model
    def _column_labels(self):
        """Return the names of all columns, in the language of the current user.

        :rtype: dict[str, str]
        """
        known = self._known_columns()
        described = self.env["unfinished.order"].fields_get(known, ["string"])
        # “Name” says enough beside an address only.
        own = {"customer_name": self.env._("Customer")}
        return {name: own.get(name) or described[name]["string"] for name in known}

    @api.model
    def _check_columns(self, columns):
        """Return columns that can be written: each once, and every amount with its currency.

        :raise UserError: one is not known, or there is none
        """
        known, checked = self._known_columns(), {}
        for name in columns:
            if name not in known:
                raise UserError(
                    self.env._("There is no column “%(name)s” to export.", name=str(name)[:80])
                )
            checked[name] = True
            field = self.env["unfinished.order"]._fields[name]
            if field.type == "monetary":
                currency = field.get_currency_field(self.env["unfinished.order"])
                if currency not in columns:
                    checked[currency] = True
        if not checked:
            raise UserError(self.env._("Choose at least one column."))
        return list(checked)

    def _labels(self):
        labels = self._column_labels()
        return {name: labels[name] for name in self.columns}

    def _width(self, name, label):
        """Return how wide a column is, in characters."""
        kind = self.env["unfinished.order"]._fields[name].type
        return max(WIDTHS.get(kind, 12), min(len(label) + 2, 40))

    # === Rows ===#

    def _count(self):
        return self.env["unfinished.order"].search_count(self._parse_domain(self.domain))

    def _read_rows(self, after, limit):
        """Return the next rows, newest first, as the text of the file.

        :param int after: the id of the last row before these, 0 for none
        :return: the ids of the rows, and their text
        :rtype: tuple[list[int], str]
        """
        unfinished = self.env["unfinished.order"]
        unfinished.flush_model()
        domain = self._parse_domain(self.domain)
        if after:
            domain &= Domain("id", "<", after)
        query = unfinished._search(domain, order="id desc", limit=limit)
        ids, values = self._query_values(query)
        if not ids:
            return [], ""
        computed = unfinished.browse(ids)
        columns = [
            self._cells(
                unfinished._fields[name],
                values[name] if name in values else self._computed_values(name, computed),
            )
            for name in self.columns
        ]
        return ids, "".join(map(WRITERS[self.file_format].row, zip(*columns, strict=True)))

    def _query_values(self, query):
        """Return the ids, and the values of each column that lies in the database."""
        found = {name: self._column_sql(name, query) for name in self.columns}
        found = {"id": SQL.identifier(query.table, "id")} | {
            name: column for name, column in found.items() if column
        }
        rows = self.env.execute_query(query.select(*found.values()))
        values = dict(zip(found, zip(*rows, strict=True), strict=True)) if rows else {"id": []}
        return list(values.pop("id")), values

    def _column_sql(self, name, query):
        """Return the value of a field as SQL, None when only the ORM can tell it."""
        unfinished = self.env["unfinished.order"]
        field = unfinished._fields[name]
        if field.type == "many2many" and field.store:
            return SQL(
                "ARRAY(SELECT %s FROM %s WHERE %s = %s ORDER BY 1)",
                SQL.identifier(field.column2),
                SQL.identifier(field.relation),
                SQL.identifier(field.column1),
                SQL.identifier(query.table, "id"),
            )
        if field.column_type and (field.store or field.related):
            return unfinished._field_to_sql(query.table, name, query)
        return None

    @api.model
    def _computed_values(self, name, rows):
        """Return a column that only the ORM can tell; who knows a faster way extends this."""
        return [row[name] for row in rows]

    # === Cells ===#

    def _cells(self, field, values):
        """Return the cells of one column."""
        write = WRITERS[self.file_format]
        if field.type == "many2many":
            names = self._names(field, {one for ids in values for one in ids})
            return [write.text(", ".join(names[one] for one in ids)) for ids in values]
        if field.type in ("many2one", "selection"):
            texts = self._texts(field, values)
            return [texts[value or False] for value in values]
        if field.type == "datetime":
            values = cells.to_local(values, known_tz(self.env.context.get("tz")) or "UTC")
        return list(map(self._writer(field), values))

    def _writer(self, field):
        write = WRITERS[self.file_format]
        by_type = {
            "datetime": write.moment,
            "boolean": write.boolean,
            "monetary": write.amount,
            "float": write.number,
            "integer": write.number,
        }
        return by_type.get(field.type, write.text)

    def _texts(self, field, values):
        """Return the cell of each different value: there are few of them."""
        if field.type == "selection":
            labels = dict(field._description_selection(self.env))
        else:
            labels = self._names(field, {value for value in values if value})
        text = WRITERS[self.file_format].text
        different = {value or False for value in values}
        return {value: text(labels.get(value) or "") for value in different}

    def _names(self, field, ids):
        """Return how each of these records is called; "" for what the requester may not see."""
        records = self.env[field.comodel_name].browse(sorted(ids))
        names = dict.fromkeys(records.ids, "")
        visible = records._filtered_access("read")
        return {**names, **{record.id: record.display_name for record in visible}}
