"""dev/shot: a picture of a page, for the documentation and for a look at one's own work."""

import argparse

from kit import browser
from kit.errors import Stop

NEEDS_ENVIRONMENT = True


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
    with browser.launch() as launched:
        try:
            _shoot(_page(launched, options), options)
        except browser.Error as error:
            first = str(error).splitlines()[0]
            raise Stop(f"The browser could not: {first}", "is dev/demo running?") from error


def _page(launched, options):
    window = browser.device(options.width, options.height, dark=options.dark)
    page = launched.new_page(**window)
    page.on("pageerror", lambda error: print(f"page error: {error}"))
    page.on("console", lambda said: said.type == "error" and print(f"console: {said.text}"))
    return page


def _shoot(page, options):
    if options.login:
        browser.log_in(page, options.url, options.login, options.password)
    page.goto(options.url, wait_until="load")
    for selector in options.click:
        page.locator(selector).first.click()
        page.wait_for_timeout(500)
    if options.wait_for:
        page.wait_for_selector(options.wait_for)
    page.wait_for_timeout(options.wait * 1000)  # the back office is never idle
    page.screenshot(path=options.file, full_page=options.full)
