"""Who may know whom. Fails before a reviewer has to say it."""

import ast
import re
from collections import defaultdict
from pathlib import Path

from lxml import etree

from odoo.tests import BaseCase, TransactionCase, tagged

ADDON = "website_sale_order_handling"
ROOT = Path(__file__).resolve().parent.parent

# The rooms, and which other rooms each may know. `tools` and `orm` know nothing of ours.
KNOWS = {
    "tools": set(),
    "orm": {"tools"},
    "drivers": {"tools"},
    "cart": {"tools", "orm"},
    "unfinished": {"tools", "orm", "cart"},
    "retention": {"tools", "orm", "cart", "unfinished"},
    "export": {"tools", "orm", "cart", "unfinished"},
    "words": {"tools", "orm", "cart", "unfinished"},
    "recovery": {
        *("tools", "orm", "cart", "unfinished", "retention", "export", "words"),
        "drivers",  # what a driver is: envelopes, receipts and verbs
    },
    "transport": {"tools", "orm", "drivers", "recovery"},
    "insight": {
        *("tools", "orm", "cart", "unfinished", "retention", "export", "words", "recovery"),
    },
}
# Folders whose sub-folders are rooms.
BY_ROOM = ("models", "wizards", "views", "data", "security")
FLAT = ("tools", "orm", "drivers")

# Words that a room must not mention, whoever defines them.
FORBIDDEN = {
    "tools/**/*.py": r"^\s*(?:from|import) odoo|\benv\b|\bself\b|\.now\(|utcnow|\btoday\(",
    "drivers/**/*.py": r"sale\.order|\brequest\b",
    "models/**/*.py": r"werkzeug|import requests|import smtplib|odoo\.http import request$",
    "controllers/*.py": r"\.drivers|recovery\.driver",
    "wizards/**/*.py": r"\.drivers|recovery\.driver|_driver\(",
}
EVERYWHERE = {
    "the only commit is ir.cron._commit_progress": r"\bcr\.commit\(",
    "no promise left open": r"\bTODO\b|\bFIXME\b|\bXXX\b",
    "no printing": r"^\s*print\(",
}
CODE = ("__init__.py", "hooks.py", "*/*.py", "*/**/*.py")


def _paths(*globs):
    """Return the files of the addon that match one of these, tests and development aside."""
    found = {path for glob in globs for path in ROOT.glob(glob)}
    aside = ("tests", "dev", "node_modules", "migrations")
    relative = (path.relative_to(ROOT) for path in found)
    return sorted(path for path in relative if path.parts[0] not in aside and path.name[0] != ".")


def _room(path):
    """Return the room of a file, "" for what belongs to the whole house."""
    if path.parts[0] in FLAT:
        return path.parts[0]
    return path.parts[1] if path.parts[0] in BY_ROOM and len(path.parts) > 2 else ""


def _tree(path):
    return ast.parse((ROOT / path).read_text())


def _is_model(node):
    if not isinstance(node, ast.ClassDef):
        return False
    bases = " ".join(map(ast.unparse, node.bases))
    return bool(re.search(r"\bmodels\.|\bTransientModel|\bModel\b", bases))


class House:
    """Which room defines what, as read from the sources."""

    def __init__(self, core_names=()):
        self.core_names = set(core_names)
        self.models = {}  # name -> room
        self.members = defaultdict(set)  # name of a method or field -> rooms
        self.xml_ids = {}  # id -> room
        for path in _paths("*/**/*.py"):
            if _room(path):
                self._read_python(path)
        for path in _paths("*/**/*.xml"):
            if _room(path):
                for node in etree.parse(ROOT / path).iter("record", "template", "menuitem"):
                    self.xml_ids[node.get("id")] = _room(path)

    def _read_python(self, path):
        for node in filter(_is_model, ast.walk(_tree(path))):
            for item in node.body:
                for name in self._names(item):
                    if name == "_name":
                        is_extension = any("_inherit" in self._names(other) for other in node.body)
                        self.models.setdefault(ast.literal_eval(item.value), _room(path))
                        del is_extension
                    elif not name.startswith("__"):
                        self.members[name].add(_room(path))

    @staticmethod
    def _names(item):
        if isinstance(item, ast.FunctionDef):
            return [item.name]
        if isinstance(item, ast.Assign):
            return [target.id for target in item.targets if isinstance(target, ast.Name)]
        return []

    # === What a file uses ===#

    def used_in_python(self, path):
        """Yield name and room of everything of another room that a file names."""
        tree = _tree(path)
        docs = {id(doc) for doc in _docstrings(tree)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                yield from self._imported(path, node)
            elif isinstance(node, ast.Attribute):
                yield from self._member(node.attr, path)
            elif isinstance(node, ast.keyword) and node.arg:
                yield from self._member(node.arg, path)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                if id(node) not in docs:
                    yield from self.used_in_text(node.value, path)

    def _imported(self, path, node):
        if node.level:
            base = path.parent.parts[: len(path.parent.parts) - node.level + 1]
            target = Path(*base, *(node.module or "").split("."), "_")
            room = _room(target)
            if room:
                yield f"import {target.parent}", room

    def _member(self, name, path):
        rooms = self.members.get(name)
        if rooms and name not in self.core_names:
            allowed = {_room(path), *KNOWS[_room(path)]}
            if rooms.isdisjoint(allowed):
                yield name, min(rooms)

    def used_in_text(self, text, path):
        """Yield what a string names: a model, a field, a path of fields, columns and tables."""
        if text in self.models:
            yield text, self.models[text]
        is_path = re.fullmatch(r"[a-z_]\w*(?:\.[a-z_]\w*)*(?::\w+)?", text)
        if is_path or re.search(r"\b(?:SELECT|UPDATE|DELETE|INSERT|WHERE|JOIN|EXISTS)\b|\w\.\w+ (?:=|IN|IS)", text):
            for word in re.findall(r"\w+", text):
                yield from self._member(word, path)
                if word in self._tables():
                    yield word, self._tables()[word]
        for xml_id in re.findall(rf"{ADDON}\.(\w+)", text):
            yield from self._xml_id(xml_id)

    def _tables(self):
        return {name.replace(".", "_"): room for name, room in self.models.items() if "." in name}

    def _xml_id(self, xml_id):
        if room := self.xml_ids.get(xml_id.rpartition(".")[2]):
            yield f"#{xml_id}", room

    def used_in_xml(self, path):
        """Yield what a view names: fields, conditions, references and templates."""
        for node in etree.parse(ROOT / path).iter():
            if not isinstance(node.tag, str):
                continue
            for name, value in node.attrib.items():
                if name in ("ref", "inherit_id", "t-call", "action", "parent"):
                    if value.partition(".")[0] == ADDON or "." not in value:
                        yield from self._xml_id(value)
                elif name in ("name", "invisible", "domain", "context", "t-if", "t-out", "t-set"
                              , "readonly", "eval", "t-foreach", "t-att-href", "t-attf-href", "column_invisible", "decoration-muted"):
                    for xml_id in re.findall(r"%\(([\w.]+)\)d", value):
                        yield from self._xml_id(xml_id)
                    for word in re.findall(r"\w+", value):
                        if "_" in word or name == "name":
                            yield from self._member(word, path)
                elif name == "res_model" or (name == "model" and node.tag == "template"):
                    yield from self.used_in_text(value, path)
            if node.tag == "field" and node.get("name") in ("model", "res_model"):
                yield from self.used_in_text((node.text or "").strip(), path)
            if node.tag == "field" and node.get("name") in ("domain", "context", "code", "domain_force"):
                for word in re.findall(r"\w+", node.text or ""):
                    if "_" in word:
                        yield from self._member(word, path)


def _docstrings(tree):
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value
