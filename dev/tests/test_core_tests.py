"""How dev/core-tests reads two runs of Odoo's tests and compares them."""

import json

import pytest

from kit.commands import core_tests
from kit.core_tests import outcomes, report
from kit.core_tests.outcomes import Outcome
from kit.errors import Stop

A, B = "/sale/tests/test_x.py:TestX.test_a", "/sale/tests/test_x.py:TestX.test_b"
SET_UP, TEAR_DOWN = (
    "/sale/tests/test_x.py:TestX.setUpClass",
    "/sale/tests/test_x.py:TestX.tearDownClass",
)


def _notes(*notes, tests=(A, B)):
    return "\n".join(json.dumps(note) for note in ({"tests": tests}, *notes))


def _ended(test, outcome, reason=""):
    return {"test": test, "outcome": outcome, "reason": reason}


def _run(**states):
    return {{"a": A, "b": B}[name]: Outcome(state) for name, state in states.items()}


def _verdict(without, within, *listed):
    return report.Verdict(without, within, dict.fromkeys(listed, "we mean it"))


def test_a_test_is_named_as_odoo_wants_to_be_asked_for_it():
    assert outcomes.name("odoo.addons.sale.tests.test_x.TestX.test_a") == A


def test_a_class_that_cannot_be_set_up_is_named_like_a_test_of_its():
    assert outcomes.name("setUpClass (odoo.addons.sale.tests.test_x.TestX)") == SET_UP


def test_the_second_attempt_counts():
    text = _notes(
        _ended(A, "running"), _ended(A, "failed"), _ended(A, "running"), _ended(A, "passed")
    )
    assert outcomes.read(text)[A].state == "passed"


def test_a_test_during_which_the_process_ended_has_crashed_and_the_rest_was_not_run():
    text = _notes(_ended(A, "running")) + '\n{"test": "cut sho'
    found = outcomes.read(text)
    assert [found[A].state, found[B].state] == ["crashed", "not run"]
    assert not outcomes.is_whole(found)


def test_all_tests_of_a_class_that_cannot_be_set_up_have_failed():
    found = outcomes.read(_notes(_ended(SET_UP, "failed", "no chart")))
    assert found == {A: Outcome("failed", "no chart"), B: Outcome("failed", "no chart")}


def test_a_class_that_cannot_be_torn_down_is_told_and_is_no_test():
    found = outcomes.read(_notes(_ended(A, "passed"), _ended(TEAR_DOWN, "failed"), tests=[A]))
    assert found[TEAR_DOWN].state == "failed"
    assert outcomes.summary(found) == "1 tests: 1 passed, 1 failed"
    [difference] = outcomes.compare(_run(a="passed"), found)
    assert difference.kind == "passed without, failed with"


def test_nothing_was_run_when_odoo_did_not_get_as_far():
    assert outcomes.read("") == {}
    assert outcomes.progress("") == "loading"


def test_progress_tells_how_many_have_ended_and_failed():
    text = _notes(_ended(A, "failed"), _ended(B, "running"))
    assert outcomes.progress(text) == "1 of 2, 1 failed"


@pytest.mark.parametrize(
    ("without", "within", "kinds"),
    [
        ("passed", "passed", []),
        ("failed", "failed", []),
        ("passed", "failed", ["passed without, failed with"]),
        ("failed", "passed", ["failed without, passed with"]),
        ("passed", "skipped", ["passed without, skipped with"]),
        ("passed", "crashed", ["passed without, crashed with"]),
    ],
)
def test_what_ends_another_way_differs(without, within, kinds):
    found = outcomes.compare(_run(a=without), _run(a=within))
    assert [difference.kind for difference in found] == kinds


def test_a_test_that_only_one_run_has_differs():
    found = outcomes.compare(_run(a="passed"), _run(b="passed"))
    kinds = {difference.test: difference.kind for difference in found}
    assert kinds == {A: "passed without, absent with", B: "absent without, passed with"}


def test_what_is_listed_may_differ():
    verdict = _verdict(_run(a="passed", b="passed"), _run(a="failed", b="passed"), A)
    assert verdict.is_good
    assert "meant: we mean it" in "\n".join(report.lines(verdict))


def test_what_is_not_listed_may_not():
    verdict = _verdict(_run(a="passed", b="passed"), _run(a="failed", b="failed"), A)
    assert [found.test for found in verdict.unexpected] == [B]
    assert not verdict.is_good


def test_what_is_listed_and_does_not_differ_is_reported():
    verdict = _verdict(_run(a="passed"), _run(a="passed"), A)
    assert verdict.stale == [A]
    assert not verdict.is_good
    assert "no longer different: 1" in "\n".join(report.lines(verdict))


def test_what_is_listed_and_was_not_run_is_left_alone():
    assert _verdict(_run(a="passed"), _run(a="passed"), B).is_good


def test_what_fails_both_ways_is_odoos_own():
    verdict = _verdict(_run(a="failed"), _run(a="failed"))
    assert verdict.core_failures == [A]
    assert verdict.is_good


def test_runs_that_ended_early_alike_are_not_good():
    verdict = _verdict(_run(a="crashed", b="not run"), _run(a="crashed", b="not run"))
    assert not verdict.is_good
    assert list(report.lines(verdict))[-1].endswith("A RUN DID NOT COME TO ITS END")


def test_the_json_file_holds_everything(tmp_path):
    path = tmp_path / "out.json"
    report.write_json(_verdict(_run(a="passed"), _run(a="failed")), path)
    written = json.loads(path.read_text())
    assert written["unexpected"] == [A]
    assert written["with"][A]["state"] == "failed"


def test_each_listed_difference_has_its_reason():
    assert outcomes.expected(f"# About the file.\n\n# Ours is\n# safer.\n{A}\n") == {
        A: "Ours is safer."
    }


@pytest.mark.parametrize("text", [A, f"# About the file.\n\n{A}", f"# Reason.\n{B}\n{A}"])
def test_a_difference_without_a_reason_is_refused(text):
    with pytest.raises(Stop, match="without a reason"):
        outcomes.expected(text)


def test_the_shipped_list_can_be_read():
    outcomes.expected(report.LISTED.read_text())


def test_by_default_all_modules_that_the_addon_touches_are_tested():
    assert list(core_tests.parse([]).modules) == list(core_tests.MODULES)
    assert core_tests.parse(["sale_loyalty"]).modules == ["sale_loyalty"]
