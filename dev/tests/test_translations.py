"""The template of the translations is what Odoo would export now."""

import io

import pytest

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests.common import get_db_name
from odoo.tools.translate import trans_export

from kit import paths, po


@pytest.mark.skipif(not po.template().exists(), reason="no i18n/ yet: dev/i18n makes it")
def test_the_translations_follow_the_terms():
    exported = io.BytesIO()
    with Registry(get_db_name()).cursor() as cr:
        trans_export(None, [paths.ADDON], exported, "po", api.Environment(cr, SUPERUSER_ID, {}))
    assert po.update(exported.getvalue().decode(), write=False) == [], "dev/i18n brings them up"
