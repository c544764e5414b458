"""The parts of the benches that only think: figures, targets, tables, JSON."""

import json

import pytest

from kit.bench import carts, export, figures
from kit.bench.figures import Figure
from kit.commands import bench


def test_the_ratio_is_ours_to_core():
    assert Figure("rate", core=50.0, ours=600.0).ratio == 12.0


@pytest.mark.parametrize(("core", "ours"), [(None, 5.0), (0, 5.0), (5.0, None)])
def test_there_is_no_ratio_without_both_sides(core, ours):
    assert Figure("rate", core, ours).ratio is None


@pytest.mark.parametrize(
    ("core", "ours", "target", "met"),
    [
        (50, 500, "≥ 10×", True),
        (50, 499, "≥ 10×", False),
        (10, 0.15, "≤ 0.15", True),
        (10, 0.16, "≤ 0.15", False),
        (100, 103, "≤ 1.03×", True),
        (100, 104, "≤ 1.03×", False),
        (2, 1, "= 1", True),
        (2, 1.01, "= 1", False),
        (50, 500, "", None),
    ],
)
def test_a_target_speaks_of_the_ratio_or_of_ours(core, ours, target, met):
    assert Figure("figure", core, ours, target).met is met


def test_a_target_cannot_be_met_by_nothing():
    assert Figure("rate", None, 500, "≥ 10×").met is None


def test_a_target_that_nobody_can_read_is_refused():
    with pytest.raises(ValueError, match="is no target"):
        _ = Figure("rate", 1, 2, "fast").met


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (2, "2"),
        (0, "0"),
        (1234.5, "1,234"),
        (17.26, "17.3"),
        (1.034, "1.03"),
        (0.15, "0.15"),
        (0.0153, "0.015"),
    ],
)
def test_numbers_are_short_and_exact_enough(value, text):
    assert figures.number(value) == text


def test_the_table_is_aligned_and_says_what_was_missed():
    lines = figures.table(
        [Figure("reminders per second", 54.3, 476, "≥ 10×"), Figure("messages", 2, 1, "= 1")]
    ).splitlines()
    assert lines[0].split() == ["figure", "core", "ours", "ratio", "target", "met"]
    assert set(lines[1]) == {"─", " "}
    assert lines[2].split()[3:] == ["54.3", "476", "8.77×", "≥", "10×", "NO"]
    assert lines[3].split() == ["messages", "2", "1", "0.50×", "=", "1", "yes"]
    assert len({line.rindex("×") for line in lines[3:]}) == 1


def test_the_file_has_one_object_for_each_figure(tmp_path):
    file = tmp_path / "figures.json"
    figures.write_json([Figure("typing", None, 19.6), Figure("way", 100.0, 101.0, "≤ 1.03×")], file)
    assert json.loads(file.read_text()) == [
        {
            "figure": "typing",
            "core": None,
            "ours": 19.6,
            "ratio": None,
            "target": "",
            "met": None,
        },
        {
            "figure": "way",
            "core": 100.0,
            "ours": 101.0,
            "ratio": 1.01,
            "target": "≤ 1.03×",
            "met": True,
        },
    ]


def test_the_median_is_over_the_rounds():
    rounds = [{"rate": 10}, {"rate": 500}, {"rate": 11}]
    assert figures.median(rounds, "rate") == 11


def test_a_threshold_catches_the_oldest_groups_and_nothing_younger():
    groups = [*carts.GROUPS, (0, carts.OLDEST_HOURS)]
    for number in range(1, len(carts.GROUPS) + 1):
        count, hours = carts.oldest(number)
        assert count == sum(size for size, _hours in carts.GROUPS[:number])
        assert groups[number][1] + 1 < hours < groups[number - 1][1]


@pytest.mark.parametrize(("count", "due", "hours"), [(500, 1000, 6.0), (9, 9, 2.0), (9, 3, 2.0)])
def test_a_threshold_catches_as_many_of_the_due_carts_as_are_wanted(count, due, hours):
    assert carts.hours_of(count, due) == hours


def test_a_shop_of_a_million_has_some_thousand_due_and_a_small_one_has_all_its_number():
    assert carts.default_due(10_000) == 10_000
    assert carts.default_due(1_000_000) == carts.MOST_DUE


def test_past_and_anonymous_orders_come_on_top_of_the_carts():
    sizes = carts._sizes(1_000, due=100)
    assert sizes["orders"] == 100 + 1_000 + 200 + 250
    assert sizes["buyers"] == 76 + 769


def test_each_kind_of_order_is_generated_from_whole_statements():
    text = carts._orders_sql()
    assert "{" not in text
    assert text.count("WHEN number <= 200 THEN 18") == 1


@pytest.mark.parametrize(
    "typed",
    [
        ["send", "--carts", "999"],
        ["send", "--carts", "1000001"],
        ["send", "--carts", "many"],
        ["send", "--rounds", "0"],
        ["retention", "--carts", "999"],
        ["shop", "--walks", "-1"],
        ["list", "--list-rounds", "0"],
        ["cart", "--visits", "none"],
        ["senders", "--carts", "7"],
        ["shop", "--json", "no/such/folder/figures.json"],
        ["shop", "--json", "."],
        ["export", "--rows", "999"],
        ["export", "--export-rounds", "0"],
        ["juggle"],
        [],
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_long_begins(typed, capsys):
    with pytest.raises(SystemExit) as end:
        bench.parse(typed)
    assert end.value.code == 2
    assert "error:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        (["export"], export.ROWS),
        (["export", "--rows", "2000"], 2000),
        (["all", "--carts", "50000"], 50_000),
        (["all", "--carts", "50000", "--rows", "2000"], 2000),
    ],
)
def test_as_many_rows_are_exported_as_there_are_carts_unless_said_otherwise(typed, rows):
    assert export.row_count(bench.parse(typed)) == rows


def test_all_takes_the_options_of_every_bench(tmp_path):
    file = tmp_path / "figures.json"
    options = bench.parse(["all", "--carts", "1000000", "--walks", "3", "--json", str(file)])
    assert (options.carts, options.walks, options.json) == (1_000_000, 3, file)


class Broken:
    """A bench that does not come to its end."""

    @staticmethod
    def run(env, options):
        raise RuntimeError("no space left")


class Sound:
    """A bench that measures something."""

    @staticmethod
    def run(env, options):
        return [Figure("way", 100.0, 101.0, "≤ 1.03×")], ["Said about it."]


@pytest.fixture
def benches(monkeypatch):
    monkeypatch.setattr(bench.bench, "BENCHES", {"broken": Broken, "sound": Sound})
    monkeypatch.setattr(bench.host, "describe", lambda env: "a machine")


@pytest.mark.usefixtures("benches")
def test_a_bench_that_fails_does_not_lose_the_figures_of_the_others(capsys):
    measured, failed = bench._measure(None, None, ["broken", "sound"])
    printed = capsys.readouterr().out
    assert [figure.figure for figure in measured] == ["way"]
    assert failed == ["broken"]
    assert "broken failed: no space left" in printed
    assert printed.count("figure ") == 1  # one table for all


@pytest.mark.usefixtures("benches")
def test_a_bench_that_fails_alone_says_why():
    with pytest.raises(RuntimeError, match="no space left"):
        bench._measure(None, None, ["broken"])
