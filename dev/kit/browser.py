"""A real browser, as a person on a desktop or with a phone has it."""

import contextlib
import resource
import urllib.parse

from kit import machine

try:
    from playwright.sync_api import Error, sync_playwright
except ImportError:  # only --help runs before the environment exists
    Error = sync_playwright = None

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = 1280, 390
NARROW = 600


@contextlib.contextmanager
def launch():
    """Yield a browser of its own, without anybody's profile."""
    with _much_memory(), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=machine.chromium(), args=QUIET)
        with contextlib.closing(browser):
            yield browser


@contextlib.contextmanager
def _much_memory():
    """Lift the limit that Odoo, in its tests, has set on what it and its children may address."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def device(width, height=None, *, dark=False):
    """Return what makes a window one of a phone, when it is that narrow, or of a desktop."""
    is_phone = width < NARROW
    return {
        "viewport": {"width": width, "height": height or (844 if is_phone else 800)},
        "is_mobile": is_phone,
        "has_touch": is_phone,
        "device_scale_factor": 2 if is_phone else 1,
        "color_scheme": "dark" if dark else "light",
    }


def log_in(page, address, user, password=None):
    """Sign in to the Odoo at the address."""
    parts = urllib.parse.urlsplit(address)
    page.goto(f"{parts.scheme}://{parts.netloc}/web/login", wait_until="load")
    form = page.locator("form.oe_login_form")
    form.locator("input[name=login]").fill(user)
    form.locator("input[name=password]").fill(password or user)
    form.locator("button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/web/login" not in url)
