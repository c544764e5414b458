"""dev/shot: a picture of a page, for the documentation and for a look at one's own work."""

import argparse
import contextlib
import urllib.parse

from kit import machine

try:
    from playwright.sync_api import Error, sync_playwright
except ImportError:  # only --help runs before the environment exists
    Error = sync_playwright = None

from kit.errors import Stop

NEEDS_ENVIRONMENT = True
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = 600


def parse(arguments):
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="dev/shot",
        description="Take a picture of a page of the running demo, or of any other page.",
        epilog="Example: dev/shot http://localhost:8069/odoo unfinished.png --login admin "
        "--click 'text=Unfinished Orders'",
    )
    parser.add_argument("url")
    parser.add_argument("file", help="a .png")
    parser.add_argument("--width", type=int, default=1280, help="390 is a phone [%(default)s]")
    parser.add_argument("--height", type=int, help="of the window [800, on a phone 844]")
    parser.add_argument("--full", action="store_true", help="the whole page, not just the window")
    parser.add_argument("--login", metavar="USER", help="sign in first; the password is USER, too")
    parser.add_argument("--password", help="another password")
    parser.add_argument("--click", action="append", default=[], metavar="SELECTOR")
    parser.add_argument("--wait-for", metavar="SELECTOR", help="until this is seen")
    parser.add_argument("--wait", type=float, default=2.0, help="seconds to settle [%(default)s]")
    parser.add_argument("--dark", action="store_true", help="as a reader who prefers dark pages")
    return parser.parse_args(arguments)


def run(options):
    """Take the picture; say what the browser's console objected to."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=machine.chromium(), args=QUIET)
        with contextlib.closing(browser):
            try:
                _shoot(_page(browser, options), options)
            except Error as error:
                first = str(error).splitlines()[0]
                raise Stop(f"The browser could not: {first}", "is dev/demo running?") from error


def _page(browser, options):
    phone = options.width < PHONE
    height = options.height or (844 if phone else 800)
    page = browser.new_page(
        viewport={"width": options.width, "height": height},
        is_mobile=phone,
        has_touch=phone,
        device_scale_factor=2 if phone else 1,
        color_scheme="dark" if options.dark else "light",
    )
    page.on("pageerror", lambda error: print(f"page error: {error}"))
    page.on("console", lambda said: said.type == "error" and print(f"console: {said.text}"))
    return page


def _shoot(page, options):
    if options.login:
        _log_in(page, options)
    page.goto(options.url, wait_until="load")
    for selector in options.click:
        page.locator(selector).first.click()
        page.wait_for_timeout(500)
    if options.wait_for:
        page.wait_for_selector(options.wait_for)
    page.wait_for_timeout(options.wait * 1000)  # the back office is never idle
    page.screenshot(path=options.file, full_page=options.full)


def _log_in(page, options):
    parts = urllib.parse.urlsplit(options.url)
    page.goto(f"{parts.scheme}://{parts.netloc}/web/login", wait_until="load")
    form = page.locator("form.oe_login_form")
    form.locator("input[name=login]").fill(options.login)
    form.locator("input[name=password]").fill(options.password or options.login)
    form.locator("button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/web/login" not in url)
