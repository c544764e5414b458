"""The parts of the kit that only think."""

import errno
import socket
import textwrap
from pathlib import Path

import pytest

from kit import addon, database, log_check, machine, main, node_env, odoo_source, po, python_env
from kit.errors import Stop
from kit.mailbox.store import Mail, Store


@pytest.mark.parametrize("version", [(3, 9), (3, 14), (2, 7)])
def test_a_python_too_old_or_too_new_is_refused_with_a_way_out(version):
    with pytest.raises(Stop) as stop:
        machine.check_python(version)
    assert f"this is {version[0]}.{version[1]}" in str(stop.value)
    assert "way out:" in str(stop.value)


@pytest.mark.parametrize("version", [(3, 10), (3, 11, 7), (3, 13)])
def test_the_pythons_of_odoo_19_are_good(version):
    machine.check_python(version)


@pytest.mark.parametrize(
    ("version", "good"),
    [
        ("v18.20.4", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.12.0", False),
        ("v22.13.1", True),
        ("v24.0.0", True),
        ("v26.1.0", True),
        ("", False),
    ],
)
def test_node_is_as_new_as_eslint_wants_it(version, good):
    assert node_env.new_enough(version) is good


def test_the_series_is_read_without_running_odoo():
    assert odoo_source.series("version_info = (19, 0, 0, FINAL, 0, '')") == "19.0"
    assert odoo_source.series("version_info = ( 18 , 2, 0)") == "18.2"
    assert odoo_source.series("nothing") == "of an unknown version"


def _odoo_tree(folder, series):
    (folder / "odoo").mkdir()
    (folder / "odoo" / "release.py").write_text(f"version_info = ({series}, 0, 0, FINAL, 0, '')\n")
    return folder


def test_another_odoo_is_refused(tmp_path):
    with pytest.raises(Stop, match="ODOO_PATH is Odoo 18"):
        odoo_source.given_path(_odoo_tree(tmp_path, 18))


def test_a_folder_without_odoo_is_refused(tmp_path):
    with pytest.raises(Stop, match=r"no odoo/release\.py"):
        odoo_source.given_path(tmp_path)


def test_the_addons_of_a_source_tree_are_found_beside_the_package(tmp_path):
    tree = odoo_source.given_path(_odoo_tree(tmp_path, 19))
    assert "," not in odoo_source.addons_path(tree)
    (tree / "addons" / "web").mkdir(parents=True)
    assert odoo_source.addons_path(tree).endswith(f",{tree}/addons")


def test_the_mirror_is_debians_and_not_that_of_security_updates():
    listed = textwrap.dedent("""\
        http://a/node|Node|nodistro|main
        http://b/debian-security/|Debian|oldstable-security|main
        http://c/debian/|Debian|oldstable|contrib
        http://d/debian/|Debian|oldstable|main
        """)
    assert odoo_source.choose_mirror(listed) == "http://d/debian/"


def test_a_machine_without_debian_has_no_mirror():
    assert odoo_source.choose_mirror("http://a/ubuntu|Ubuntu|noble|main\n") == ""
    assert odoo_source.choose_mirror("") == ""


def test_a_taken_port_is_named_with_a_free_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not machine.port_is_free(port)
        with pytest.raises(Stop, match=f"Port {port}, meant for the shop, is taken") as stop:
            machine.need_port(port, "the shop", "--port")
    assert "--port " in stop.value.way_out


def test_a_number_that_is_no_port_is_refused():
    with pytest.raises(Stop, match="70000 is no port"):
        machine.need_port(70000, "the shop", "--port")


def test_a_full_disk_is_said_before_anything_is_fetched(tmp_path):
    machine.check_disk(tmp_path / "not" / "yet", 0)
    with pytest.raises(Stop, match="999999 GB are needed"):
        machine.check_disk(tmp_path, 999999)


def test_keys_differ_in_every_part():
    assert python_env.key("a", "b") == python_env.key("a", b"b")
    assert python_env.key("a", "b") != python_env.key("ab", "")
    assert python_env.key("a", "b") != python_env.key("a", "c")
    assert len(python_env.key("a")) == 12


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_what_the_disk_refuses_is_a_sentence(monkeypatch, capsys, code):
    def refuse(arguments):
        raise OSError(code, "no", "/somewhere")

    monkeypatch.setattr(main, "_main", refuse)
    assert main.main([]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_a_wrong_machine_is_a_sentence(monkeypatch, capsys):
    def stop(arguments):
        raise Stop("It is raining.", "take an umbrella")

    monkeypatch.setattr(main, "_main", stop)
    assert main.main([]) == 1
    assert capsys.readouterr().err == "error: It is raining.\n  way out: take an umbrella\n"


def test_only_listed_noise_is_excused():
    patterns = log_check.ignored("# because\n^WARNING odoo.noise\n\n")
    texts = ["WARNING odoo.noise: x", "WARNING odoo.addons.ours: y"]
    assert log_check.unexpected(texts, patterns) == texts[1:]


def test_every_excuse_has_a_reason():
    before = "#"
    for line in log_check.IGNORE.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            assert before.startswith("#"), f"no reason for {line}"
        before = line


def test_the_stamp_leaves_out_what_no_database_holds():
    names = {path.relative_to(addon.paths.ROOT).parts[0] for path in addon.files()}
    assert "__manifest__.py" in names
    assert not names & {"dev", "tests", ".odoo", ".git"}


def test_databases_of_two_checkouts_differ(monkeypatch):
    here = database.prefix("demo")
    monkeypatch.setattr(database.paths, "ROOT", Path("/elsewhere"))
    assert database.prefix("demo") != here


def _entry(msgid, msgstr, **more):
    return po.polib.POEntry(msgid=msgid, msgstr=msgstr, **more)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (None, "missing"),
        (_entry("Cart", ""), "untranslated"),
        (_entry("Cart", "Количка", flags=["fuzzy"]), "fuzzy"),
        (_entry("%(count)s carts", "%(n)s колички"), "other placeholders"),
        (_entry("%(count)s of {name}", "{name}: %(count)s"), ""),
    ],
)
def test_doubtful_translations_are_named(entry, problem):
    assert po.problem(entry) == problem


MAIL = """\
X-Envelope-From: shop@example.com
From: "My Shop" <shop@example.com>
To: =?utf-8?q?J=C3=B8rn?= <jorn@example.com>
Subject: =?utf-8?b?QuG6oW4=?=
Date: Mon, 23 Nov 2026 14:56:00 +0000
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: 8bit

<p>Hello</p>
"""


def test_a_mail_is_taken_apart():
    mail = Mail(MAIL.encode())
    assert (mail.sender, mail.subject) == ("My Shop", "Bạn")
    assert mail.recipients == "Jørn <jorn@example.com>"
    assert mail.body("html").strip() == "<p>Hello</p>"
    assert mail.body("plain") == ""
    assert mail.date.year == 2026


def test_a_broken_mail_is_shown_all_the_same():
    mail = Mail(b"Date: whenever\nContent-Type: text/plain; charset=nonsense\n\n\xff\n")
    assert (mail.subject, mail.sender, mail.date) == ("(no subject)", "(no sender)", None)
    assert mail.body("plain")


def test_the_newest_mail_is_first_and_foreign_names_are_refused(tmp_path):
    for name in ("1-0", "3-10", "3-9", "2-0"):
        (tmp_path / f"{name}.eml").write_text(MAIL)
    store = Store(tmp_path)
    assert store.names() == ["3-10", "3-9", "2-0", "1-0"]
    with pytest.raises(FileNotFoundError):
        store.source("../../etc/passwd")
    store.clear()
    assert list(store.summaries()) == []
