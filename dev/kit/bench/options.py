"""Checks of what was typed, before anything long begins."""

import argparse
from pathlib import Path


def number_between(fewest, most):
    """Return a type for argparse: a whole number within these limits."""

    def number(text):
        if not text.isdecimal() or not fewest <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"choose a number from {fewest:,} to {most:,}")
        return int(text)

    return number


def file_to_write(text):
    """Return the path, as a type for argparse, when a file can be made there."""
    path = Path(text).resolve()
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"name a file in a folder that exists, not {text!r}")
    return path
