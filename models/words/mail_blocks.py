import re
from ast import literal_eval
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, models
from odoo.tools.misc import get_lang

from odoo.addons.base.models.res_lang import intersperse

from ...orm.memory import asked_once
from ...tools.stencil import around, cut, fill

# As core writes amounts: on one line, with a minus that stays with its number.
NBSP, MINUS = "\N{NO-BREAK SPACE}", "-\N{ZERO WIDTH NO-BREAK SPACE}"
# Takes room and shows nothing: spaces, parted by combining grapheme joiners, so that they are not
# taken for one. As references: one such letter doubles the memory that a text takes.
PADDING = Markup("&#847; ") * 80

# A telephone number has at most 15 digits (ITU-T E.164), service numbers have as few as 3.
ONE_NUMBER = re.compile(r"\+?[0-9]{3,15}")


class AmountStyle(NamedTuple):
    """How amounts of a currency are written in a language."""

    frame: str  # what stands around the number
    digits: int  # behind the point
    grouping: list[int]  # digits per group, from the point on, as in `res.lang`
    separator: str  # between groups
    point: str


class RecoveryMail(models.AbstractModel):
    """The building blocks themselves: each is rendered once for a batch of mails, with blanks."""

    _inherit = "recovery.mail"

    @api.model
    def _frame(self, order):
        """Return what comes before and after the words of a mail: shop, card and footer.

        :rtype: tuple[Markup, Markup]
        """
        url = order.cart_optout_url or ""
        stencil = self._frame_stencil(order.website_id, order.company_id, bool(url))
        before, after = around(stencil, "content", optout_url=url)
        if order.cart_personal_line:
            line = order.cart_personal_line
            before += self.env["recovery.renderer"]._personal_block(line)
        return before, after

    @api.model
    @asked_once
    def _frame_stencil(self, website, company, has_way_out):
        return self._stencil(
            "reminder_frame",
            ("content",),
            ("optout_url",) if has_way_out else (),
            website=website,
            company=company,
            shop=website.name or company.name,
            base_url=self.env["unfinished.order.link"]._base_url_of(website),
        )

    @api.model
    def _button(self, order):
        """Return what comes before and after the text of the button.

        :rtype: tuple[Markup, Markup]
        """
        stencil = self._button_stencil(order.company_id)
        return around(stencil, "text", url=order.cart_recovery_url or "")

    @api.model
    @asked_once
    def _button_stencil(self, company):
        return self._stencil("reminder_button_face", ("text",), ("url",), company=company)

    @api.model
    def _products(self, order):
        """Return the table of what is in the cart.

        :rtype: Markup
        """
        cart, currency = self._contents(order), order.currency_id
        texts = {
            "rows": self._rows(cart["rows"], order, currency),
            "others": cart["others"],
            "reductions": self._reductions(cart["reductions"], currency),
            "subtotal": self._amount(cart["subtotal"], currency),
            "missing": cart["missing"],
        }
        for name in ("delivery", "tax", "total"):
            texts[name] = "" if cart[name] is None else self._amount(cart[name], currency)
        shown = tuple(name for name, text in texts.items() if text)
        notes = self._is_tax_excluded(order), cart["recounted"]
        return fill(self._table_stencil(shown, *notes), **texts)

    @api.model
    @asked_once
    def _table_stencil(self, shown, tax_excluded, recounted):
        names = ("rows", "others", "reductions", "missing", "delivery", "tax", "total")
        notes = {"tax_excluded": tax_excluded, "recounted": recounted}
        return self._stencil("reminder_table", shown, **dict.fromkeys(names, ""), **notes)

    @api.model
    def _reductions(self, reductions, currency):
        if not reductions:
            return ""
        stencil = self._reduction_stencil()
        return Markup("").join(
            fill(stencil, name=name, amount=self._amount(amount, currency))
            for name, amount in reductions
        )

    @api.model
    @asked_once
    def _reduction_stencil(self):
        return self._stencil("reminder_reduction", ("name", "amount"))

    @api.model
    def _rows(self, rows, order, currency):
        website, url = order.website_id, order.cart_recovery_url or ""
        has_pictures = any(row["picture"] for row in rows)
        return Markup("").join(
            self._product(row, website, currency, url, place=(not place, has_pictures))
            for place, row in enumerate(rows)
        )

    @api.model
    def _product(self, row, website, currency, url, place):
        """Return a row of the table.

        :param tuple[bool, bool] place: whether it is the first one, and beside pictures at all
        """
        texts = {f"detail{number}": detail for number, detail in enumerate(row["details"])}
        texts.update(
            name=row["name"],
            picture=row["picture"],
            quantity=row["quantity"],
            price=self._amount(row["price"], currency),
        )
        shown = tuple(name for name, text in texts.items() if text)
        return fill(self._product_stencil(shown, website, *place), url=url, **texts)

    @api.model
    @asked_once
    def _product_stencil(self, shown, website, is_first, has_pictures):
        base_url = self.env["unfinished.order.link"]._base_url_of(website)

        def render(**blanks):
            details = [text for name, text in blanks.items() if name.startswith("detail")]
            values = {"picture": False, "quantity": "", "base_url": base_url}
            values |= {**blanks, "details": details}
            values |= {"is_first": is_first, "has_pictures": has_pictures}
            return self._html("reminder_product", values)

        return cut(render, shown, ("url",))

    @api.model
    @asked_once
    def _postal_address(self, company, website):
        """Return who and where the company is in one line; the law asks for it in many places."""
        lines = company.partner_id._display_address(without_company=True).splitlines()
        name = company.name if company.name != website.name else ""
        return ", ".join(filter(None, [name, *(line.strip() for line in lines)]))

    @api.model
    @asked_once
    def _phone_link(self, company):
        """Return the telephone number of the company as a link that dials it, "" without one.

        Whatever is more than one number, such as two of them or one with an extension, is left to
        the reader: a link would dial another one.

        :rtype: Markup | str
        """
        phone = (company.phone or "").strip()
        number = re.sub(r"[\s().-]", "", phone.replace("(0)", ""))
        link = Markup('<a href="tel:%s" style="color: inherit;">%s</a>')
        return link % (number, phone) if ONE_NUMBER.fullmatch(number) else phone

    @api.model
    def _padding(self):
        """Return what takes the room behind the preview text that mail clients would fill."""
        return PADDING

    @api.model
    def _stencil(self, block, texts, links=(), **values):
        """Render a block with blanks for `texts` and `links`, and with `values` as they are."""
        return cut(lambda **blanks: self._html(block, {**values, **blanks}), texts, links)

    @api.model
    def _html(self, block, values):
        return self.env["ir.qweb"]._render(f"website_sale_order_handling.{block}", values)

    @api.model
    @asked_once
    def _amount(self, amount, currency):
        """Return an amount as `format_amount` of core writes it."""
        style = self._amount_style(currency)
        whole, point, fraction = f"{currency.round(amount):.{style.digits}f}".partition(".")
        whole = intersperse(whole, style.grouping, style.separator)[0]
        number = f"{whole}{point and style.point}{fraction}"
        return style.frame.format(number.replace("-", MINUS))

    @api.model
    @asked_once
    def _amount_style(self, currency):
        """Return how core writes amounts, which it works out for each of them anew.

        :rtype: AmountStyle
        """
        lang = self.env["res.lang"]._get_data(id=get_lang(self.env).id)
        symbol = (currency.symbol or "").replace("{", "{{").replace("}", "}}")
        return AmountStyle(
            frame=f"{symbol}{NBSP}{{}}" if currency.position == "before" else f"{{}}{NBSP}{symbol}",
            digits=currency.decimal_places,
            grouping=literal_eval(lang.grouping),
            separator=(lang.thousands_sep or "").replace(" ", NBSP),
            point=lang.decimal_point,
        )
