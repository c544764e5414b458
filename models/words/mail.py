from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import email_normalize

from ...orm.memory import asked_once
from ...tools import colors, greeting
from ...tools.one_line import one_line

DEFAULT_BUTTON_COLOR = "#875A7B"
# A mail shows so many products with their pictures, or one more when that is all there are, ...
ROWS = 5
# ... and names so many of the others: a buyer with more in the cart looks there.
NAMES = 10
NAME_LENGTH = 100
# Of the product in a subject: phones show some forty letters of it.
SUBJECT_NAME_LENGTH = 60


class RecoveryMail(models.AbstractModel):
    """What the building blocks of reminder mails ask about a cart.

    Reminders are rendered by the hundred: nothing here may search once per cart.
    """

    _name = "recovery.mail"
    _description = "Building Blocks of Reminder Mails"

    @api.model
    @asked_once
    def _direction(self):
        """Return the direction in which the mail's language is written: ltr or rtl."""
        return self.env["res.lang"]._get_data(code=self.env.lang or "en_US").direction or "ltr"

    @api.model
    def _greeting_name(self, order):
        """Return by which name to greet the buyer, "" when we do not know them by a real one."""
        partner = order.partner_id
        name = partner.name or ""
        is_address = "@" in name and email_normalize(name)
        if is_address or partner.is_company or partner == self._visitor(order.website_id):
            return ""
        return greeting.given_name(name, self.env.lang)

    @api.model
    @asked_once
    def _visitor(self, website):
        """Return the contact of those whom the shop does not know."""
        # sudo: a seller who previews the mail may not read the website's visitor account
        return website.sudo().user_id.partner_id

    @api.model
    @asked_once
    def _contents(self, order):
        """Return what to show of a cart: what the buyer can have now, and what not any more.

        What is worth most comes first, gifts come last.

        Plain values, because a template that asks the records takes longer.

        :return: ``rows`` in full, the names of ``others`` and of what is ``missing`` for now, and
            the amounts as from `_amounts`
        :rtype: dict
        """
        products, gifts, missing = [], [], []
        lines, price_field = self._available(order), self._price_field(order.website_id)
        for line, quantity, problem in lines:
            face = problem != "gone" and self._face_of(line.product_id)
            if quantity:
                rows = gifts if line.reward_id else products
                rows.append(self._row(line, quantity, face, price_field))
            elif face:
                missing.append(face["name"])
        products.sort(key=lambda row: row["price"], reverse=True)
        rows = [*products, *gifts] if products else []
        shown = len(rows) if len(rows) <= ROWS + 1 else ROWS
        return {
            "rows": rows[:shown],
            "top": products[0]["name"] if products else "",
            "others": self._list_names([row["name"] for row in rows[shown:]]),
            "missing": self._list_names(missing),
            **self._amounts(order, rows, lines),
        }

    @api.model
    def _top_product(self, order):
        """Return the name of what is worth most of what can be had, "" when nothing can."""
        return one_line(self._contents(order)["top"], SUBJECT_NAME_LENGTH)

    @api.model
    def _price(self, line, quantity, face, price_field):
        """Return what the buyer sees so many of a line to cost."""
        is_combo = face["type"] == "combo"
        price = line._get_cart_display_price() if is_combo else line[price_field]
        if quantity == line.product_uom_qty:
            return price
        return line.currency_id.round(price * quantity / line.product_uom_qty)

    @api.model
    def _available(self, order):
        """Return what of a cart can be had now; asked at once for all carts that are rendered.

        :rtype: list[LineNow]
        """
        known = self._known_available()
        if order not in known:
            known.update(order.browse(order._prefetch_ids)._what_can_be_had())
        return known[order]

    @api.model
    @asked_once
    def _known_available(self):
        """Return what has been found out of the carts of a batch so far."""
        return {}

    @api.model
    def _amounts(self, order, rows, lines):
        """Return what to say of the cost of a cart.

        When something cannot be had, or fewer of it, its price is taken off, and nobody knows what
        discounts the shop will then give: they are only mentioned.

        :return: ``reductions`` as names and amounts, ``recounted`` (whether they are only
            mentioned), the ``subtotal``; and ``delivery``, ``tax`` and ``total`` or None
        :rtype: dict
        """
        reductions = order._cart_reductions()
        amounts = {"recounted": False, "delivery": None, "tax": None, "total": None}
        if any(now.problem and not now.line.reward_id for now in lines):
            subtotal = sum(row["price"] for row in rows)
            more = {"recounted": bool(rows and reductions)}
            return {**amounts, "reductions": [], "subtotal": subtotal, **more}
        cost = order._cart_cost()
        names = (one_line(found.lines[0].name_short, NAME_LENGTH) for found in reductions)
        named = [(name, found.amount) for name, found in zip(names, reductions, strict=True)]
        amounts |= {"reductions": named, "subtotal": cost.subtotal}
        has_delivery = not order._is_plain() and bool(order._lines_as("delivery"))
        if has_delivery or cost.tax:
            delivery = cost.delivery if has_delivery else None
            amounts |= {"delivery": delivery, "tax": cost.tax or None, "total": cost.total}
        return amounts

    @api.model
    @asked_once
    def _faces(self):
        """Return what is known of products so far, by their ids."""
        return {}

    @api.model
    def _face_of(self, product):
        """Return the face of a product, see `_face`; each is made once."""
        faces = self._faces()
        return faces.get(product.id) or faces.setdefault(product.id, self._face(product))

    @api.model
    def _face(self, product):
        """Return what is the same about a product in all carts.

        :return: its ``name``, ``type``, ``unit`` and ``variant``; whether it ``has_picture``
        :rtype: dict
        """
        # What a product has from its template is computed one by one, there it is only read.
        template = product.product_tmpl_id
        return {
            "name": one_line(template.name, NAME_LENGTH),
            "type": template.type,
            "unit": template.uom_id,
            "variant": product.product_template_attribute_value_ids._get_combination_name(),
            # A visitor does not get to see the pictures of what is not for sale, and of what has
            # none, a grey placeholder.
            "has_picture": template.is_published and self._has_image(product),
        }

    @api.model
    def _row(self, line, quantity, face, price_field):
        """Return what to show of a line.

        :param float quantity: how many can be had now, in the line's unit
        :param dict face: of its product
        :param str price_field: where its price is, unless it is a combo
        """
        is_gift = bool(line.reward_id)
        return {
            "name": face["name"],
            "picture": face["has_picture"] and not is_gift and line.product_id.id,
            "details": self._details(line, quantity, face),
            "quantity": "" if is_gift else self._quantity(line, quantity, face),
            "price": self._price(line, quantity, face, price_field),
        }

    @api.model
    @asked_once
    def _price_field(self, website):
        """Return which price of a line the shop shows: with or without tax."""
        without_tax = website.show_line_subtotals_tax_selection == "tax_excluded"
        return "price_subtotal" if without_tax else "price_total"

    @api.model
    def _list_names(self, names):
        """Return names as a reader expects them in a sentence, each once; the first of many."""
        names = list(dict.fromkeys(names))
        return ", ".join([*names[:NAMES], "…"] if len(names) > NAMES else names)

    @api.model
    def _is_tax_excluded(self, order):
        """Tell whether the buyer sees prices to which tax will be added."""
        return order.website_id._shows_tax_excluded() and bool(order.amount_tax)

    @api.model
    def _details(self, line, quantity, face):
        """Return what tells this product from others of its kind: variant, parts of a combo.

        :rtype: list[str]
        """
        free = line.product_no_variant_attribute_value_ids
        if not (free or face["variant"] or face["type"] == "combo"):
            return []
        chosen = [value.name for value in free if value.attribute_line_id.value_count > 1]
        variant = ", ".join(filter(None, [face["variant"], *chosen]))
        parts = self._parts(line, quantity) if face["type"] == "combo" else []
        return [one_line(detail, NAME_LENGTH) for detail in filter(None, [variant, *parts])]

    @api.model
    def _parts(self, line, quantity):
        """Return what the buyer has chosen within a combo, such as ``2 × Lamp``."""
        return [f"{quantity:g} × {part.product_id.name}" for part in self._combo_lines(line)]

    @api.model
    def _combo_lines(self, line):
        linked = line.linked_line_ids
        return linked.filtered("combo_item_id").with_prefetch(linked._prefetch_ids)

    @api.model
    def _quantity(self, line, quantity, face):
        """Return the quantity, with its unit when that is not the product's own: ``2 Dozens``."""
        unit = line.product_uom_id
        is_whole = quantity == line.product_uom_qty
        shown = line._get_displayed_quantity() if is_whole else f"{quantity:g}"
        return f"{shown}" if unit == face["unit"] else f"{shown} {unit.name}"

    @api.model
    @asked_once
    def _has_logo(self, website):
        """Tell whether the website has a logo that mail clients can show.

        A new website has Odoo's sample, which is an SVG; no mail client shows those.
        """
        logo = website.with_context(bin_size=False).logo
        return bool(logo) and logo[:1] != b"P"  # base64 of "<"

    @api.model
    @asked_once
    def _button_colors(self, company):
        """Return the colours of the button: of its face, and of a text that can be read on it.

        :rtype: tuple[str, str]
        """
        face = company.email_secondary_color or DEFAULT_BUTTON_COLOR
        return face, colors.text_on(face, company.email_primary_color)

    @api.model
    def _link_valid_until(self, order):
        """Return a day through which the link works for certain, False when there is none.

        The link counts from the mail, the cart from its last change: the earlier one is right.
        """
        activity_at = order.cart_activity_at
        if not activity_at:
            return False
        until = activity_at + timedelta(days=order.website_id._link_days() - 1)
        return until.date() if until > fields.Datetime.now() else False
