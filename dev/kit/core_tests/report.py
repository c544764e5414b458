"""What a person reads at the end, and what a program does."""

import dataclasses
import itertools
import json
import textwrap

from kit import paths
from kit.core_tests import outcomes

LISTED = paths.DEV / "core-differences.txt"
WIDTH = 96


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Two runs side by side, and the differences that are meant to be."""

    without: dict
    within: dict
    listed: dict

    @property
    def differences(self):
        """All that differs."""
        return outcomes.compare(self.without, self.within)

    @property
    def unexpected(self):
        """What differs and is not listed."""
        return [found for found in self.differences if found.test not in self.listed]

    @property
    def stale(self):
        """What is listed, was run, and does not differ."""
        differing = {found.test for found in self.differences}
        run = self.without.keys() | self.within.keys()
        return [test for test in self.listed if test in run and test not in differing]

    @property
    def core_failures(self):
        """What fails without the addon, too."""
        return outcomes.broken_both_ways(self.without, self.within)

    @property
    def is_whole(self):
        """Tell whether both runs came to their end."""
        return outcomes.is_whole(self.without) and outcomes.is_whole(self.within)

    @property
    def is_good(self):
        """Tell whether the addon leaves core as it was, but for what is meant."""
        return self.is_whole and not self.unexpected and not self.stale


def lines(verdict):
    """Yield the report."""
    by_kind = sorted(verdict.differences, key=lambda found: found.kind)
    for kind, group in itertools.groupby(by_kind, key=lambda found: found.kind):
        found = list(group)
        yield f"\n{kind}: {len(found)}"
        for difference in found:
            yield from _difference(difference, verdict.listed)
    yield from _section("Odoo's own failures, the same without the addon", verdict.core_failures)
    yield from _section(f"listed in {LISTED.name} and no longer different", verdict.stale)
    yield ""
    yield f"without the addon: {outcomes.summary(verdict.without)}"
    yield f"with the addon:    {outcomes.summary(verdict.within)}"
    yield _last(verdict)


def _difference(found, listed):
    yield f"  {found.test}"
    said = found.within.reason if found.within.state != outcomes.PASSED else found.without.reason
    if found.test in listed:
        said = f"meant: {listed[found.test]}"
    yield from textwrap.wrap(
        said, WIDTH, max_lines=3, initial_indent="      ", subsequent_indent="      "
    )


def _section(title, tests):
    if tests:
        yield f"\n{title}: {len(tests)}"
        yield from (f"  {test}" for test in tests)


def _last(verdict):
    """Return the line that says it all."""
    meant = len(verdict.differences) - len(verdict.unexpected)
    parts = [f"{len(verdict.unexpected)} tests differ", f"{meant} differ as {LISTED.name} says"]
    if verdict.stale:
        parts.append(f"{len(verdict.stale)} listed ones do not differ")
    if not verdict.is_whole:
        parts.append("A RUN DID NOT COME TO ITS END")
    return f"{'good' if verdict.is_good else 'NOT GOOD'}: {'; '.join(parts)}"


def write_json(verdict, path):
    """Write everything into a file."""
    found = {
        "good": verdict.is_good,
        "whole": verdict.is_whole,
        "unexpected": [difference.test for difference in verdict.unexpected],
        "meant": [d.test for d in verdict.differences if d.test in verdict.listed],
        "stale": verdict.stale,
        "core_failures": verdict.core_failures,
        "without": _plain(verdict.without),
        "with": _plain(verdict.within),
    }
    path.write_text(json.dumps(found, indent=2))


def _plain(run):
    return {test: dataclasses.asdict(outcome) for test, outcome in run.items()}
