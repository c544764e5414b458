from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools.misc import format_amount

SELLERS = "sales_team.group_sale_salesman"
MAX_PRODUCTS = 10
NOTE_LINE = Markup("<li>%s</li>")


class UnfinishedOrderCall(models.AbstractModel):
    """What a salesperson reads when they are asked to call the buyer of an unfinished order."""

    _name = "unfinished.order.call"
    _description = "Call About an Unfinished Order"

    @api.model
    def _user_for(self, unfinished):
        """Return who is to call: the cart's own salesperson, else the website's, else the leader.

        Where a cart has a salesperson, others may have no right to see it.
        """
        website = unfinished.website_id
        users = unfinished.user_id | website.salesperson_id
        users |= unfinished.team_id.user_id | website.salesteam_id.user_id
        return users.filtered(
            lambda user: (
                user.active
                and unfinished.company_id in user.company_ids
                and user.has_group(SELLERS)
            )
        )[:1]

    @api.model
    def _to_make(self, unfinished):
        """Return the calls about these that we have planned and nobody has made yet."""
        # sudo: the buyer's own request closes them, and whoever gives a cart away hands them over
        activities = self.env["mail.activity"].sudo()
        about = [("res_model", "=", unfinished._name), ("res_id", "in", unfinished.ids)]
        return activities.search([*about, ("automated", "=", True)])

    @api.model
    def _pass_on(self, unfinished):
        """Give the calls to those who are to make them now: others may not see the carts."""
        for user, mine in unfinished.grouped(self._user_for).items():
            if user:
                # Core's own flag: no mail for each, as when they are opened.
                calls = self._to_make(mine).with_context(mail_activity_quick_update=True)
                calls.filtered(lambda call, of=user: call.user_id != of).user_id = user

    @api.model
    def _prepare_vals(self, unfinished, user):
        """Return the activities about a batch of carts, in the language and the day of `user`.

        :rtype: list[dict]
        """
        own = self.with_context(lang=user.lang, tz=user.tz)
        unfinished = unfinished.with_env(own.env)
        call = self.env.ref("mail.mail_activity_data_call", raise_if_not_found=False)
        kind = call or unfinished._default_activity_type()
        common = {
            "activity_type_id": kind.id,
            "res_model_id": self.env["ir.model"]._get_id(unfinished._name),
            "user_id": user.id,
            "automated": True,
            "date_deadline": fields.Date.context_today(own),
        }
        return [
            {**common, "res_id": one.id, "summary": own._summary(one), "note": own._note(one)}
            for one in unfinished
        ]

    @api.model
    def _summary(self, unfinished):
        return self.env._(
            "Call %(customer)s: %(amount)s left in the cart",
            customer=unfinished.customer_name or unfinished.name,
            amount=self._amount(unfinished),
        )

    @api.model
    def _note(self, unfinished):
        """Return what the salesperson needs at the phone, as HTML."""
        lines = [
            self.env._("Customer: %(name)s", name=unfinished.customer_name or unfinished.name),
            unfinished.phone and self.env._("Phone: %(phone)s", phone=unfinished.phone),
            unfinished.email and self.env._("E-mail: %(email)s", email=unfinished.email),
            self.env._("Amount: %(amount)s", amount=self._amount(unfinished)),
            self.env._("Products: %(products)s", products=self._products(unfinished)),
        ]
        items = Markup().join(NOTE_LINE % line for line in lines if line)
        return Markup("<ul>%s</ul>") % items

    @api.model
    def _amount(self, unfinished):
        return format_amount(self.env, unfinished.amount_total, unfinished.currency_id)

    @api.model
    def _products(self, unfinished):
        """Return the names of the products; of many, the first ones and how many more."""
        products = unfinished.product_ids.with_context(display_default_code=False)
        names = products.mapped("display_name")
        shown = ", ".join(names[:MAX_PRODUCTS])
        more = len(names) - MAX_PRODUCTS
        if more <= 0:
            return shown
        return self.env._("%(products)s and %(count)s more", products=shown, count=more)
