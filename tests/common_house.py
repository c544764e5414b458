"""What the sources say: which room defines what, and what each file uses."""

import ast
import re
from collections import Counter, defaultdict
from pathlib import Path

from lxml import etree

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

PYTHON_NAMES = {name for kind in (str, bytes, dict, list, set) for name in dir(kind)}
# How strings name our fields and tables.
FIELD_PATH = re.compile(r"[a-z_]\w*(?:\.[a-z_]\w*)*(?::\w+)?")
IN_SQL = re.compile(
    r"\b(?:SELECT|UPDATE|DELETE|INSERT|WHERE|JOIN|EXISTS)\b|\b\w\.\w+ (?:=|IN|IS)\b"
)
STATE_IN_SQL = re.compile(
    r"\bUPDATE (?:recovery_message|unfinished_order(?:_export)?)\b.*\bSET\b.*\bstate = ", re.DOTALL
)
XML_REFERENCES = ("ref", "inherit_id", "t-call", "action", "parent")


def paths_of(*globs):
    """Return the files of the addon that match one of these, tests and development aside."""
    found = {path for glob in globs for path in ROOT.glob(glob)}
    aside = ("tests", "dev", "node_modules", "migrations")
    relative = (path.relative_to(ROOT) for path in found)
    return sorted(path for path in relative if path.parts[0] not in aside and path.name[0] != ".")


def room_of(path):
    """Return the room of a file, "" for what belongs to the whole house."""
    if path.parts[0] in FLAT:
        return path.parts[0]
    return path.parts[1] if path.parts[0] in BY_ROOM and len(path.parts) > 2 else ""


def tree_of(path):
    return ast.parse((ROOT / path).read_text())


def is_model(node):
    if not isinstance(node, ast.ClassDef):
        return False
    bases = " ".join(map(ast.unparse, node.bases))
    return bool(re.search(r"\bmodels\.|\bTransientModel|\bModel\b", bases))


class House:
    """Which room defines what, as read from the sources."""

    def __init__(self, core_names=()):
        self.core_names = {*core_names, *PYTHON_NAMES}
        self.models = {}  # name -> room
        self.members = defaultdict(Counter)  # name of a method or field -> how often in which room
        self.of_models = defaultdict(Counter)  # those of models alone
        self.xml_ids = {}  # id -> room
        for path in paths_of("*/**/*.py"):
            if room_of(path):
                self._read_python(path)
        for path in paths_of("*/**/*.xml"):
            if room_of(path):
                for node in etree.parse(ROOT / path).iter("record", "template", "menuitem"):
                    self.xml_ids[node.get("id")] = room_of(path)
        # What extends a model of a lower room is no model of the upper one.
        self.tables = {name.replace(".", "_"): room for name, room in self.models.items()}

    def _read_python(self, path):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef):
                for item in node.body:
                    for name in self._names(item):
                        if name == "_name":
                            self.models.setdefault(ast.literal_eval(item.value), room_of(path))
                        elif not name.startswith("__"):
                            self.members[name][room_of(path)] += 1
                            if is_model(node):
                                self.of_models[name][room_of(path)] += 1

    @staticmethod
    def _names(item):
        if isinstance(item, ast.FunctionDef):
            return [item.name]
        targets = getattr(item, "targets", None) or [getattr(item, "target", None)]
        return [target.id for target in targets if isinstance(target, ast.Name)]

    # === What a file uses ===#

    def used_in(self, path):
        """Yield name and room of everything of ours that a file names, once each."""
        read = self._used_in_python if path.suffix == ".py" else self._used_in_xml
        yield from dict.fromkeys(read(path))

    def _used_in_python(self, path):
        tree = tree_of(path)
        docs = set(docstrings(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                yield from self._imported(path, node)
            elif isinstance(node, ast.Attribute):
                yield from self._member(node.attr, path)
            elif isinstance(node, ast.keyword):
                yield from self._members([node.arg or ""], path)
            elif _is_text(node) and node not in docs:
                yield from self._used_in_text(node.value, path)
            elif isinstance(node, ast.FunctionDef):
                yield from self._extended_method(node, path)

    def _imported(self, path, node):
        if node.level:
            base = path.parent.parts[: len(path.parent.parts) - node.level + 1]
            target = Path(*base, *(node.module or "").split("."), "_")
            if room := room_of(target):
                yield f"import {target.parent}", room

    def _member(self, name, path):
        """Yield a method or field that only rooms define which `path` must not know."""
        yield from self._of(self.members, name, path)

    def _of(self, members, name, path):
        rooms = members.get(name, {})
        if rooms and name not in self.core_names and allowed(path).isdisjoint(rooms):
            yield name, min(rooms)

    def _extended_method(self, function, path):
        """Yield a method that extends one of a room which `path` must not know."""
        name, room = function.name, room_of(path)
        if name not in self.core_names and f"super().{name}(" in ast.unparse(function):
            # Not counting itself, which must have something to extend.
            rooms = self.members[name] - Counter([room])
            if rooms and allowed(path).isdisjoint(rooms):
                yield name, min(rooms)

    def _members(self, words, path):
        # In a sentence or among arguments, one word alone is a word of many meanings.
        for word in words:
            if "_" in word:
                yield from self._of(self.of_models, word, path)

    def _used_in_text(self, text, path):
        """Yield what a string names: a model, a path of fields, columns and tables in SQL."""
        if text in self.models:
            yield text, self.models[text]
        elif FIELD_PATH.fullmatch(text) or IN_SQL.search(text):
            words = re.findall(r"\w+", text)
            yield from self._members(words, path)
            for word in words:
                if word in self.tables:
                    yield word, self.tables[word]
        yield from self._xml_ids(re.findall(rf"{ADDON}\.(\w+)", text))

    def _xml_ids(self, xml_ids):
        for xml_id in xml_ids:
            module, _dot, name = xml_id.rpartition(".")
            if module in ("", ADDON) and name in self.xml_ids:
                yield f"#{name}", self.xml_ids[name]

    def _used_in_xml(self, path):
        for node in nodes_of(path):
            for name, value in node.attrib.items():
                if name in XML_REFERENCES:
                    yield from self._xml_ids([value])
                elif node.tag == "field" and name == "name":
                    yield from self._member(value, path)
                else:
                    yield from self._xml_ids(re.findall(r"%\(([\w.]+)\)d", value))
                    yield from self._members(re.findall(r"\w+", value), path)
            if node.tag == "field" and node.text:
                text = node.text.strip()
                yield from self._used_in_text(text, path)
                yield from self._members(re.findall(r"\w+", text), path)


def allowed(path):
    return {room_of(path), *KNOWS[room_of(path)]}


def nodes_of(path):
    return (node for node in etree.parse(ROOT / path).iter() if isinstance(node.tag, str))


def _is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def docstrings(tree):
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value


def functions(path):
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef))


def extended(node):
    """Return which model a class is or extends, "" when it cannot be told."""
    values = {}
    for item in node.body:
        if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
            values[item.targets[0].id] = item.value
    value = values.get("_name") or values.get("_inherit")
    return value.value if isinstance(value, ast.Constant) else ""


def writes_of_state(function):
    """Find every way to write the column `state` of one of our models."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and target.attr == "state":
                    yield node
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in ("write", "update_rows") and re.search(
                r"'state':|\bstate=", ast.unparse(node)
            ):
                yield node
        elif _is_text(node) and STATE_IN_SQL.search(node.value):
            yield node


def has_reason(lines, node):
    """Tell whether a comment that begins with "sudo:" stands in a line of the call, or above it.

    `sudo(False)` gives rights back, which needs no reason.
    """
    if "sudo(False)" in lines[node.end_lineno - 1]:
        return True
    first = node.lineno - 1
    above = []
    while first > 0 and len(above) < 6 and not re.match(r"\s*(def|class|@)\b", lines[first - 1]):
        first -= 1
        above.append(lines[first])
    return any(
        "sudo:" in line or "in sudo" in line
        for line in [*above, *lines[node.lineno - 1 : node.end_lineno]]
    )
