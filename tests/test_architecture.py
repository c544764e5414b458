"""Who may know whom. Fails before a reviewer has to say it."""

import ast
import re
from pathlib import Path

from odoo.tests import BaseCase

ROOT = Path(__file__).resolve().parent.parent
OUR_MODELS = r"['\"](?:unfinished|recovery)\.(?!driver)"

# What the source of each room must not mention: imports, model names, words.
FORBIDDEN = {
    "tools/*.py": r"^\s*(?:from|import) odoo|\benv\b|\bself\b|\.now\(|utcnow|\btoday\(",
    "drivers/*.py": rf"sale\.order|{OUR_MODELS}|\.\.models|\brequest\b",
    "models/unfinished_*.py": r"['\"]recovery\.|sale\.return|sale\.refund|discuss\.|odoo\.http",
    "models/recovery_*.py": r"sale\.return|sale\.refund|discuss\.|odoo\.http",
    "models/*.py": r"werkzeug|import requests|import smtplib",
    "controllers/*.py": r"\.drivers|recovery\.driver",
    "wizards/*.py": r"\.drivers|recovery\.driver",
}
EVERYWHERE = {
    "the only commit is ir.cron._commit_progress": r"\bcr\.commit\(",
    "no promise left open": r"\bTODO\b|\bFIXME\b|\bXXX\b",
    "no printing": r"^\s*print\(",
}
# Extensions of core models hold no rules of ours: no thinking, only calls home.
CORE_EXTENSIONS_WITHOUT_RULES = ("eligibility", "schedule", "attribution")


def _sources(pattern="*/*.py"):
    for path in sorted(ROOT.glob(pattern)):
        if path.relative_to(ROOT).parts[0] not in ("tests", "dev"):
            yield path.relative_to(ROOT), path.read_text()


class TestArchitecture(BaseCase):
    def assertSilent(self, pattern, name, text):
        found = re.search(pattern, text, re.MULTILINE)
        self.assertIsNone(found, f"{name} must not mention {found and found.group()!r}")

    def test_rooms_only_look_inwards(self):
        for glob, pattern in FORBIDDEN.items():
            sources = list(_sources(glob))
            self.assertTrue(sources, f"{glob} matches nothing")
            for name, text in sources:
                with self.subTest(room=glob, file=str(name)):
                    self.assertSilent(pattern, name, text)

    def test_house_rules_hold_everywhere(self):
        for rule, pattern in EVERYWHERE.items():
            for name, text in _sources():
                with self.subTest(rule=rule, file=str(name)):
                    self.assertSilent(pattern, name, text)

    def test_core_models_get_one_line_that_calls_home(self):
        for name, text in _sources("models/*.py"):
            if not name.name.startswith(("recovery_", "unfinished_")):
                for module in CORE_EXTENSIONS_WITHOUT_RULES:
                    with self.subTest(file=str(name), module=module):
                        self.assertSilent(rf"tools(?:\.| import.*){module}", name, text)

    def test_one_door_writes_the_state_of_our_models(self):
        for name, text in _sources("models/*.py"):
            if not name.name.startswith(("recovery_", "unfinished_")):
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef) and node.name != "_move_to":
                    with self.subTest(file=str(name), function=node.name):
                        self.assertFalse(list(self._writes_of_state(node)), f"in {name}")

    def _writes_of_state(self, function):
        """Find `record.state = …` and `record.write({"state": …})`."""
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Attribute) and target.attr == "state":
                        yield node
            is_write = isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".write")
            if is_write and "'state'" in ast.unparse(node):
                yield node

    def test_every_sudo_has_a_comment_that_says_why(self):
        for name, text in _sources("models/*.py"):
            if not name.name.startswith(("recovery_", "unfinished_")):
                continue
            lines = text.splitlines()
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef) and ".sudo()" in ast.unparse(node):
                    body = "\n".join(lines[node.lineno - 1 : node.end_lineno])
                    with self.subTest(file=str(name), function=node.name):
                        self.assertRegex(body, r"sudo:|in sudo")

    def test_rooms_stay_small(self):
        for name, text in _sources("models/*.py"):
            with self.subTest(file=str(name)):
                self.assertLessEqual(text.count("\n"), 330)
                for node in ast.walk(ast.parse(text)):
                    if isinstance(node, ast.FunctionDef):
                        length = node.end_lineno - node.lineno + 1
                        self.assertLessEqual(length, 75, f"{name}: {node.name}")

    def test_every_test_file_runs_under_odoo_too(self):
        listed = (ROOT / "tests" / "__init__.py").read_text()
        for path in (ROOT / "tests").glob("test_*.py"):
            self.assertRegex(listed, rf"\b{path.stem}\b")
