"""What dev/demo does to a new database."""

import pytest

from kit import database, odoo, sql
from kit.commands import demo, test


@pytest.fixture(scope="module")
def shop(env):
    """Return a copy of the database with the addon, which may be thrown away."""
    with database.scratch(test.prepare(env)[0], "demotest") as name:
        yield name


def _queue_mail(cr, reference):
    cr.execute(
        "INSERT INTO mail_message (message_type, message_id) VALUES ('email', %s) RETURNING id",
        [reference],
    )
    cr.execute(
        "INSERT INTO mail_mail (mail_message_id, state) VALUES (%s, 'outgoing')", [cr.fetchone()[0]]
    )


def test_the_mailbox_begins_with_our_reminders_and_with_nothing_of_odoos(shop):
    with sql.cursor(shop) as cr:
        _queue_mail(cr, "<you-have-been-assigned@odoo>")
        _queue_mail(cr, "<ours@odoo>")
        cr.execute(
            "INSERT INTO recovery_message (key, state, due_at, provider_ref)"
            " VALUES ('demo', 'sending', now(), '<ours@odoo>')"
        )
    demo._calm(shop)
    left = sql.rows(
        "SELECT m.message_id FROM mail_mail q JOIN mail_message m ON m.id = q.mail_message_id",
        database=shop,
    )
    assert left == [("<ours@odoo>",)]


def test_reminders_are_written_when_addresses_and_languages_are_known(shop):
    with sql.cursor(shop) as cr:
        _queue_mail(cr, "<too-early@odoo>")
        cr.execute(
            "INSERT INTO recovery_message (key, state, due_at, local_day, provider_ref)"
            " VALUES ('early', 'sending', now(), now(), '<too-early@odoo>'),"
            " ('there', 'sent', now(), now(), '<there@odoo>')"
        )
    demo._write_again(shop)
    query = "SELECT state, local_day IS NULL FROM recovery_message WHERE key = %s"
    assert sql.rows(query, ["early"], database=shop) == [("waiting", True)]
    assert sql.rows(query, ["there"], database=shop) == [("sent", False)]
    query = "SELECT count(*) FROM mail_mail WHERE state = 'outgoing' AND mail_message_id IN ("
    query += "SELECT id FROM mail_message WHERE message_id = '<too-early@odoo>')"
    assert sql.rows(query, database=shop) == [(0,)]


def test_each_website_has_an_address_of_its_own(shop):
    demo.introduce(shop, demo.addresses_at("localhost", 8069))
    query = "SELECT domain FROM website WHERE domain IS NOT NULL"
    # Without demo data, there is one.
    assert sql.rows(query, database=shop) == [("http://localhost:8069",)]
    addresses = demo.addresses_at("localhost", 8069)
    assert len({addresses[which] for *_where, which in demo.WEBSITES}) == len(demo.WEBSITES)


def test_what_the_demo_has_written_follows_it_to_another_port(shop):
    demo.introduce(shop, demo.addresses_at("localhost", 8069))
    with sql.cursor(shop) as cr:
        _queue_mail(cr, "<moved@odoo>")
        cr.execute("UPDATE mail_mail SET body_html = 'http://localhost:8069/shop'")
        cr.execute(
            "INSERT INTO recovery_message (key, state, due_at, provider_ref, body, website_id)"
            " SELECT 'moved', 'sending', now(), '<moved@odoo>', 'http://localhost:8069/web', id"
            "   FROM website WHERE domain = 'http://localhost:8069'"
        )
    demo.introduce(shop, demo.addresses_at("localhost", 8070))
    query = (
        "SELECT m.body, q.body_html FROM recovery_message m"
        "  JOIN mail_message e ON e.message_id = m.provider_ref"
        "  JOIN mail_mail q ON q.mail_message_id = e.id WHERE m.key = 'moved'"
    )
    moved = [("http://localhost:8070/web", "http://localhost:8070/shop")]
    assert sql.rows(query, database=shop) == moved


def test_whoever_opens_the_demo_meets_it_in_english(env, monkeypatch):
    said = []
    monkeypatch.setattr(
        odoo, "quietly", lambda _env, _what, *arguments, **_how: said.extend(arguments)
    )
    odoo.install(env, "nowhere", ["base"], languages=demo.LANGUAGES)
    # Odoo gives the first of these to every user.
    languages = said[said.index("--load-language") + 1].split(",")
    assert languages == ["en_US", *demo.LANGUAGES]
