from odoo import api, models
from odoo.tools.misc import format_amount

from ...orm.memory import remembering
from ...tools import placeholders
from ...tools.one_line import one_line
from .renderer import NAME_LENGTH

# What costs a look at the cart; the others are known.
ASKS_CART = {"product", "products", "amount"}


class RecoveryRenderer(models.AbstractModel):
    """Fills texts: those of SMS and chats, and what a provider's template is filled with."""

    _inherit = "recovery.renderer"

    @api.model
    def _fill_texts(self, texts, orders, lang, links, ways_out):
        """Fill texts for a batch of carts.

        :param dict[str, str] texts: by whatever names, in the language of the buyers
        :param sale.order orders: the carts
        :param str lang: code of that language, which is installed
        :param dict links: the recovery link of each cart
        :param dict ways_out: the link by which each buyer stops them, as far as there is one
        :return: the same names and what they come to, for each cart
        :rtype: dict[sale.order, dict[str, str]]
        """
        used = set().union(*map(placeholders.used, texts.values()))
        filled = {}
        with remembering(self.env):
            if used & ASKS_CART:
                self._feed(orders)
            for order in orders.with_context(lang=lang):
                given = {
                    "link": links.get(order, ""),
                    "stop": ways_out.get(order, ""),
                    **self._values_of(order, used),
                }
                filled[order] = {
                    name: placeholders.fill(text, given) for name, text in texts.items()
                }
        return filled

    @api.model
    def _values_of(self, order, used):
        """Return what stands for the names that are used, in the language of the cart."""
        mail = order.env["recovery.mail"]
        values = {
            "shop": one_line(order.website_id.name, NAME_LENGTH),
            "name": mail._greeting_name(order) if "name" in used else "",
        }
        if not used & ASKS_CART:
            return values
        contents = mail._contents(order)
        names = [row["name"] for row in contents["rows"]]
        total = contents["subtotal"] if contents["total"] is None else contents["total"]
        return {
            **values,
            "product": contents["top"],
            "products": one_line(mail._list_names(names), NAME_LENGTH),
            "amount": one_line(format_amount(order.env, total, order.currency_id), NAME_LENGTH),
        }
