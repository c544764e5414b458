from odoo import models

# Every link that core makes absolute has one of these in front of it.
LOCAL_LINK_HINTS = ('="/', "url(")


class MailRenderMixin(models.AbstractModel):
    _inherit = "mail.render.mixin"

    def _replace_local_links(self, html, base_url=None):
        """Look whether there is anything to replace: four searches of a whole mail take longer."""
        if html and not any(hint in html for hint in LOCAL_LINK_HINTS):
            return html
        return super()._replace_local_links(html, base_url=base_url)
