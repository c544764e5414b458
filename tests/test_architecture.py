"""Who may know whom. Fails before a reviewer has to say it."""

import ast
import re
from collections import defaultdict
from pathlib import Path
from statistics import median, quantiles
from unittest.mock import patch

from odoo.tests import BaseCase, TransactionCase, tagged

from . import common_house
from .common_house import (
    ADDON,
    KNOWS,
    ROOT,
    House,
    allowed,
    extended,
    functions,
    has_reason,
    is_model,
    paths_of,
    room_of,
    tree_of,
    writes_of_state,
)

# Words that a room must not mention, also when none of our rooms defines them.
FORBIDDEN = {
    "tools/**/*.py": r"^\s*(?:from|import) odoo|\benv\b|\bself\b|\.now\(|utcnow|\btoday\(",
    "drivers/**/*.py": r"sale\.order|\brequest\b",
    "models/**/*.py": r"werkzeug|import requests|import smtplib",
    "models/[!c]*/*.py": r"odoo\.http",  # the shop's own methods in `cart` work on the request
    "controllers/*.py": r"\.drivers|recovery\.driver",
    "wizards/**/*.py": r"\.drivers|recovery\.driver|_driver\(",
}
EVERYWHERE = {
    "the only commit is ir.cron._commit_progress": r"\bcr\.commit\(",
    "no promise left open": r"\bTODO\b|\bFIXME\b|\bXXX\b",
    "no printing": r"^\s*print\(",
}
# Files about no single model.
FREE_NAMES = ("indexes",)
CODE = ("__init__.py", "hooks.py", "*/*.py", "*/**/*.py")


@tagged("-at_install", "post_install")
class TestRooms(TransactionCase):
    """Each room knows the rooms below it, by whatever way one could know another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        core = {
            name
            for model in cls.env.registry.values()
            for part in model.mro()
            if getattr(part, "_module", ADDON) != ADDON or not hasattr(part, "_module")
            for name in vars(part)
        }
        cls.house = House(core)

    def test_every_folder_is_a_room_and_every_room_has_files(self):
        found = {room_of(path) for path in paths_of("*/**/*")} - {""}
        self.assertEqual(found - {"__init__.py"}, set(KNOWS))

    def test_a_room_knows_only_the_rooms_below_it(self):
        for path in [*paths_of("*/**/*.py"), *paths_of("*/**/*.xml")]:
            if room_of(path):
                with self.subTest(file=str(path)):
                    used = {
                        f"{name} of {room}"
                        for name, room in self.house.used_in(path)
                        if room not in allowed(path)
                    }
                    self.assertFalse(used)

    def test_who_knows_whom_has_no_circle(self):
        for room, known in KNOWS.items():
            for other in known:
                self.assertNotIn(room, KNOWS[other], f"{room} and {other} know each other")

    def test_the_test_would_see_each_way_of_knowing(self):
        """Each of these stands in a file of `cart`, which knows nobody."""
        ways = {
            "order.message_ids": "x = order._plan_next_reminders()",
            "model": "x = env['recovery.message']",
            "field path": "x = [('unfinished_id.order_id', '=', 1)]",
            "SQL": "x = SQL('SELECT id FROM recovery_message WHERE true')",
            "column": "x = SQL('SELECT m.planned_for FROM x m')",
            "keyword": "x = order.write_it(credit_campaign_id=1)",
            "XML id": "x = env.ref('website_sale_order_handling.action_recovery_message')",
            "import": "from ..recovery import message",
        }
        path = Path("models/cart/sale_order.py")
        for way, source in ways.items():
            with (
                self.subTest(way=way),
                patch.object(common_house, "tree_of", lambda _p, s=source: ast.parse(s)),
            ):
                used = {room for _name, room in self.house.used_in(path)}
                self.assertTrue(used - allowed(path))


class TestArchitecture(BaseCase):
    """Rules that hold in every room."""

    def assertSilent(self, pattern, name, text):
        found = re.search(pattern, text, re.MULTILINE)
        self.assertIsNone(found, f"{name} must not mention {found and found.group()!r}")

    def assertSources(self, *globs):
        """Return the files, of which there must be some."""
        paths = paths_of(*globs)
        self.assertTrue(paths, f"{globs} match nothing")
        return [(path, (ROOT / path).read_text()) for path in paths]

    def test_no_room_mentions_what_is_none_of_its_business(self):
        for glob, pattern in FORBIDDEN.items():
            for path, text in self.assertSources(glob):
                with self.subTest(room=glob, file=str(path)):
                    self.assertSilent(pattern, path, text)

    def test_house_rules_hold_everywhere(self):
        for rule, pattern in EVERYWHERE.items():
            for path, text in self.assertSources(*CODE):
                with self.subTest(rule=rule, file=str(path)):
                    self.assertSilent(pattern, path, text)

    def test_the_folder_says_why_and_the_file_says_whom(self):
        """A core model is extended once per room, in a file of that model's name."""
        known = set(House().models)
        seen = set()
        for path, _text in self.assertSources("models/*/*.py", "wizards/*/*.py"):
            for node in filter(is_model, ast.walk(tree_of(path))):
                model = extended(node)
                if not model or model in known or path.stem in FREE_NAMES:
                    continue
                with self.subTest(file=str(path), model=model):
                    self.assertRegex(path.stem, rf"^{model.replace('.', '_')}(_|$)")
                    self.assertNotIn((path.parent, model, path.stem), seen)
                seen.add((path.parent, model, path.stem))

    def test_one_door_writes_the_state_of_our_models(self):
        for path, _text in self.assertSources("models/**/*.py", "wizards/**/*.py", "hooks.py"):
            if room_of(path) == "transport":
                continue  # the states there are those of Odoo's mails
            for function in functions(path):
                if function.name != "_move_to":
                    with self.subTest(file=str(path), function=function.name):
                        self.assertFalse(list(writes_of_state(function)))

    def test_the_test_of_the_one_door_would_see_each_way_to_write(self):
        ways = (
            "record.state = 'sent'",
            "record.write({'state': 'sent'})",
            "records.write(dict(state='sent'))",
            "update_rows(records, [{'state': 'sent'} for record in records])",
            "cr.execute('UPDATE recovery_message SET state = %s WHERE true', ['sent'])",
            "env.execute_query(SQL('UPDATE unfinished_order u SET x = 1, state = 2'))",
        )
        for way in ways:
            with self.subTest(way=way):
                function = ast.parse(f"def f(self):\n    {way}").body[0]
                self.assertTrue(list(writes_of_state(function)))

    def test_every_sudo_has_a_comment_beside_it_that_says_why(self):
        for path, text in self.assertSources(
            "models/**/*.py", "drivers/**/*.py", "wizards/**/*.py"
        ):
            lines = text.splitlines()
            for node in ast.walk(tree_of(path)):
                if isinstance(node, ast.Attribute) and node.attr == "sudo":
                    with self.subTest(file=str(path), line=node.end_lineno):
                        self.assertTrue(has_reason(lines, node))

    def test_rooms_stay_small(self):
        methods = defaultdict(int)
        sizes = []
        for path, text in self.assertSources("*/**/*.py"):
            with self.subTest(file=str(path)):
                self.assertLessEqual(text.count("\n"), 300)
            for node in filter(is_model, ast.walk(tree_of(path))):
                functions = [item for item in node.body if isinstance(item, ast.FunctionDef)]
                methods[room_of(path), extended(node) or node.name] += len(functions)
                sizes += [item.end_lineno - item.lineno + 1 for item in functions]
        for (room, model), count in methods.items():
            with self.subTest(room=room, model=model):
                self.assertLessEqual(count, 60)
        self.assertLessEqual(median(sizes), 9)
        self.assertLessEqual(quantiles(sizes, n=10)[-1], 20)

    def test_every_test_file_runs_under_odoo_too(self):
        listed = (ROOT / "tests" / "__init__.py").read_text()
        found = list((ROOT / "tests").glob("**/test_*.py"))
        self.assertTrue(found)
        for path in found:
            self.assertRegex(listed, rf"\b{path.stem}\b")
        self.assertEqual(len(found), len({path.stem for path in found}), "two of the same name")
