"""People who may export, and what is in the files that they get."""

import csv
import io

import openpyxl

from odoo.tests import new_test_user

from ..common_engine import EngineCase

RIGHTS = "sales_team.group_sale_salesman,base.group_allow_export"


class ExportCase(EngineCase):
    """To be mixed into TransactionCase or HttpCase, before them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["unfinished.order"].search([]).unlink()
        cls.exporter = new_test_user(
            cls.env, "exporter", groups=RIGHTS, email="exporter@example.com", tz="Europe/Sofia"
        )

    def _make_many(self, count, **vals):
        """Make unfinished orders without carts, the first one the oldest."""
        return self.env["unfinished.order"].create(
            [self._prepare_unfinished(number, **vals) for number in range(1, count + 1)]
        )

    def _prepare_unfinished(self, number, **vals):
        company = self.website.company_id
        return {
            "name": f"UO9{number:04d}",
            "website_id": self.website.id,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "customer_name": f"Buyer {number}",
            "email": f"buyer{number}@example.com",
            "activity_at": "2026-07-01 21:30:00",
            "amount_total": 10.5 * number,
            "product_ids": [(6, 0, (self.lamp | self.chair).ids)],
            **vals,
        }

    def _ask(self, columns=("name", "email"), file_format="csv", domain="[]", user=None):
        exports = self.env["unfinished.order.export"].with_user(user or self.exporter)
        return exports._start(domain, list(columns), file_format)

    def _export(self, *args, **kwargs):
        """Ask for a file and let the scheduler write it."""
        export = self._ask(*args, **kwargs)
        self._run_cron("export")
        self.assertEqual(export.state, "done", export.error)
        return export

    def _content(self, export):
        return b"".join(
            piece
            if isinstance(piece, bytes)
            else self.env["ir.attachment"].sudo().browse(piece).raw
            for piece in export._pieces()
        )

    def _csv_rows(self, export):
        return list(csv.reader(io.StringIO(self._content(export).decode("utf-8-sig"), newline="")))

    def _book(self, export):
        return openpyxl.load_workbook(io.BytesIO(self._content(export)))
