"""Bring to shipped mail templates what is new in them, where nobody has changed it."""

import json

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

SUBJECT = "You left {{ object.cart_top_product ||| something }} in your cart"
# As it was shipped; without a translation, the new one is loaded after this.
OLD_SUBJECTS = {
    "en_US": "You left something in your cart",
    "bg_BG": "Оставихте нещо в количката си",
    "vi_VN": "Bạn còn sản phẩm trong giỏ hàng",
}
OLD_PHONE = 't-value="object.company_id.phone"'
PHONE = "t-value=\"env['recovery.mail']._phone_link(object.company_id)\""


def migrate(cr, version):
    """Bring existing rows up to date; a new installation (no version) has none."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    _name_a_product(env)
    _link_the_telephone(env)
    env.invalidate_all()


def _name_a_product(env):
    """Let the first subject name a product."""
    found = _read(env, "mail_template_reminder_1", "subject")
    for template_id, subjects in found:
        if subjects.get("en_US") == OLD_SUBJECTS["en_US"]:
            own = {
                lang: text
                for lang, text in subjects.items()
                if text not in (OLD_SUBJECTS.get(lang), OLD_SUBJECTS["en_US"])
            }
            _write(env, template_id, "subject", {**own, "en_US": SUBJECT})


def _link_the_telephone(env):
    """Let the telephone number of the second reminder be a link, unless it is one already."""
    for template_id, bodies in _read(env, "mail_template_reminder_2", "body_html"):
        new = {
            lang: body if "tel:" in body else body.replace(OLD_PHONE, PHONE)
            for lang, body in bodies.items()
        }
        if new != bodies:
            _write(env, template_id, "body_html", new)


def _read(env, xml_id, column):
    """Return the id of a shipped template, and a column of it in all languages."""
    return env.execute_query(
        SQL(
            """SELECT t.id, t.%s FROM mail_template t
                 JOIN ir_model_data d ON d.res_id = t.id AND d.model = 'mail.template'
                WHERE d.module = 'website_sale_order_handling' AND d.name = %s
                  AND t.%s IS NOT NULL""",
            SQL.identifier(column),
            xml_id,
            SQL.identifier(column),
        )
    )


def _write(env, template_id, column, values):
    env.cr.execute(
        SQL(
            "UPDATE mail_template SET %s = %s::jsonb WHERE id = %s",
            SQL.identifier(column),
            json.dumps(values),
            template_id,
        )
    )
