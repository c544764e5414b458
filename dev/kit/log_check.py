"""What an Odoo log may say: nothing at WARNING or above but what log-ignore.txt lists."""

import re

from kit import paths, shell

IGNORE = paths.DEV / "log-ignore.txt"


def ignored(text=None):
    """Return the patterns of the ignore file; its other lines give the reasons."""
    lines = (IGNORE.read_text() if text is None else text).splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def unexpected(texts, patterns=None):
    """Return those of the log records that no pattern excuses."""
    excused = [re.compile(pattern) for pattern in (ignored() if patterns is None else patterns)]
    return [text for text in texts if not any(pattern.search(text) for pattern in excused)]


def check(environment, log):
    """Return what checklog-odoo objects to in a log file, or nothing."""
    command = [environment.bin / "checklog-odoo", "--no-echo"]
    for pattern in ignored():
        command += ["-i", pattern]
    try:
        shell.run([*command, log], f"The check of {log}", cwd=paths.RUN)
    except shell.Stop as stop:
        return stop.sentence
    return ""
