from datetime import datetime, time

import pytz

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools.schedule import known_tz

RESOURCE = "unfinished.order"


class UnfinishedOrderExportDialog(models.TransientModel):
    """Asks which unfinished orders to export, with which columns, into what kind of file."""

    _name = "unfinished.order.export.dialog"
    _description = "Export Unfinished Orders"

    # === Which rows ===#
    source = fields.Selection(
        [
            ("selection", "Selected Rows"),
            ("filter", "Current Filter"),
            ("conditions", "Conditions"),
        ],
        "Which Rows",
        required=True,
        default=lambda self: self._default_sources()[0],
    )
    allowed_sources = fields.Json(default=lambda self: self._default_sources())
    selected_ids = fields.Json(default=lambda self: self._default_selected_ids())
    filter_domain = fields.Char(default=lambda self: self._default_filter())
    date_from = fields.Date("Last Activity From")
    date_to = fields.Date("Last Activity To", help="This day included.")
    state = fields.Selection(lambda self: self._states())
    website_ids = fields.Many2many(
        "website", "unfinished_order_export_dialog_website_rel", string="Websites"
    )
    team_ids = fields.Many2many(
        "crm.team", "unfinished_order_export_dialog_team_rel", string="Sales Teams"
    )
    domain = fields.Char("Further Conditions", default="[]")
    row_count = fields.Integer("Rows", compute="_compute_row_count")
    trouble = fields.Char(compute="_compute_row_count")

    # === What of them ===#
    file_format = fields.Selection(
        lambda self: self.env["unfinished.order.export"]._fields["file_format"].selection,
        "Format",
        required=True,
        default="xlsx",
    )
    column_ids = fields.One2many(
        "unfinished.order.export.dialog.column",
        "dialog_id",
        "Columns",
        default=lambda self: self._prepare_columns(
            self.env["unfinished.order.export"]._default_columns()
        ),
    )
    # Core's own saved exports: its dialog offers them as well.
    saved_id = fields.Many2one(
        "ir.exports",
        "Saved Columns",
        domain=[("resource", "=", RESOURCE)],
        ondelete="set null",
    )
    save_as = fields.Char(
        "Save Columns As", help="A name under which everybody finds these columns next time."
    )

    # === As the list was when the dialog opened ===#

    @api.model
    def _default_selected_ids(self):
        """Return what was selected; nothing when that was everything the filter finds."""
        chosen = self.env.context.get("active_model") == RESOURCE
        return list(self.env.context.get("active_ids") or []) if chosen else []

    @api.model
    def _default_filter(self):
        """Return the list's conditions, as text; False when the dialog comes from elsewhere."""
        domain = self.env.context.get("active_domain")
        return False if domain is None else repr(domain)

    @api.model
    def _default_sources(self):
        self.env["unfinished.order.export"]._ensure_may_export()
        there = {"selection": self._default_selected_ids(), "filter": self._default_filter()}
        return [source for source, found in there.items() if found] + ["conditions"]

    @api.model
    def _states(self):
        return self.env["unfinished.order"]._fields["state"]._description_selection(self.env)

    # === Which rows ===#

    @api.depends(
        *("source", "selected_ids", "filter_domain", "domain"),
        *("date_from", "date_to", "state", "website_ids", "team_ids"),
    )
    def _compute_row_count(self):
        for dialog in self:
            dialog.row_count, dialog.trouble = 0, False
            try:
                domain = self.env["unfinished.order.export"]._parse_domain(dialog._conditions())
                dialog.row_count = self.env["unfinished.order"].search_count(domain)
            except UserError as error:
                dialog.trouble = str(error)

    def _conditions(self):
        """Return what is asked for, as text."""
        self.ensure_one()
        if self.source == "selection":
            return repr([("id", "in", self.selected_ids or [])])
        if self.source == "filter":
            return self.filter_domain or "[]"
        typed = self.env["unfinished.order.export"]._parse_domain(self.domain or "[]")
        return repr(list(self._chosen_domain() & typed))

    def _chosen_domain(self):
        """Return the conditions that have fields of their own."""
        chosen = [
            self.date_from and Domain("activity_at", ">=", self._midnight(self.date_from)),
            self.date_to
            and Domain("activity_at", "<", self._midnight(fields.Date.add(self.date_to, days=1))),
            self.state and Domain("state", "=", self.state),
            self.website_ids and Domain("website_id", "in", self.website_ids.ids),
            self.team_ids and Domain("team_id", "in", self.team_ids.ids),
        ]
        return Domain.AND([domain for domain in chosen if domain])

    def _midnight(self, day):
        """Return when `day` begins where the user is, as text in UTC."""
        zone = pytz.timezone(known_tz(self.env.user.tz) or "UTC")
        begin = zone.localize(datetime.combine(day, time.min))
        return fields.Datetime.to_string(begin.astimezone(pytz.utc))

    # === Columns ===#

    @api.model
    def _prepare_columns(self, names):
        return [
            Command.create({"sequence": number, "name": name}) for number, name in enumerate(names)
        ]

    @api.onchange("saved_id")
    def _onchange_saved_id(self):
        """Show the saved columns, as far as they can still be exported here."""
        known = self.env["unfinished.order.export"]._known_columns()
        names = self.saved_id.export_fields.mapped("name")
        # Core's dialog saves a name that is shown as “field/display_name”.
        names = [name.split("/")[0] for name in names]
        if names := [name for name in dict.fromkeys(names) if name in known]:
            self.column_ids = [Command.clear(), *self._prepare_columns(names)]

    def _chosen_columns(self):
        return self.column_ids.sorted(lambda column: (column.sequence, column.id)).mapped("name")

    def _save_columns(self):
        """Keep the columns under the name that was typed, in place of those under that name."""
        name = (self.save_as or "").strip()
        if not name:
            return
        saved = self.env["ir.exports"]
        saved.search([("resource", "=", RESOURCE), ("name", "=", name)]).unlink()
        lines = [Command.create({"name": column}) for column in self._chosen_columns()]
        saved.create({"name": name, "resource": RESOURCE, "export_fields": lines})

    # === Buttons ===#

    def action_export(self):
        """Begin the export, and show how it goes."""
        self.ensure_one()
        self.check_access("write")
        if self.trouble:
            raise UserError(self.trouble)
        if not self.row_count:
            raise UserError(
                self.env._("There is nothing to export: no unfinished order meets the conditions.")
            )
        export = self.env["unfinished.order.export"]._start(
            self._conditions(), self._chosen_columns(), self.file_format
        )
        self._save_columns()
        return export._action_open()


class UnfinishedOrderExportDialogColumn(models.TransientModel):
    """One column, in its place."""

    _name = "unfinished.order.export.dialog.column"
    _description = "Column of an Export"
    _order = "sequence, id"

    dialog_id = fields.Many2one("unfinished.order.export.dialog", required=True, ondelete="cascade")
    sequence = fields.Integer(default=1000)  # a new one comes last
    name = fields.Selection(lambda self: self._names(), "Column", required=True)

    @api.model
    def _names(self):
        labels = self.env["unfinished.order.export"]._column_labels()
        return sorted(labels.items(), key=lambda item: item[1].casefold())
