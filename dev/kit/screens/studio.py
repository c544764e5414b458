"""Two windows on the demo, a desktop's and a phone's, and pictures of what they show."""

import contextlib
import io

from PIL import Image, WebPImagePlugin

from kit import browser, paths, say
from kit.errors import Stop
from kit.screens import pages

FOLDER = paths.ROOT / "static" / "description" / "screens"
WIDTHS = (browser.DESKTOP, browser.PHONE)
# What a page is high at most: nobody reads a picture that is longer.
HIGHEST = {browser.DESKTOP: 1500, browser.PHONE: 1900}
# A phone's picture is twice as wide as its page; in a table of the documentation this is enough.
PHONE_SCALE = 1.5
QUALITY = 82
# Named by its module, because Odoo lets Pillow load few formats by itself.
WEBP = WebPImagePlugin.WebPImageFile.format
PATIENCE = 30_000

# Pictures and letters are there, bars have grown, and the client has nothing to fetch any more.
SETTLED = """\
() => document.fonts.status === "loaded"
    && [...document.images].every((image) => image.complete || image.loading === "lazy")
    && !document.querySelector(".o_loading_indicator, .o_blockUI, .o_view_sample_data_loading")
    && !document.querySelector(".o_view_controller .o_content:empty")
    && !Object.values(window.Chart?.instances ?? {}).some((chart) => Chart.animator.running(chart))
"""
# Content scrolls in elements of its own: return the height of the window that would show all.
NEEDED = """\
() => {
    const wrap = document.querySelector("#wrap");
    if (wrap) {
        return Math.ceil(wrap.getBoundingClientRect().bottom + 24);
    }
    const hidden = [...document.querySelectorAll("*")]
        .filter((node) => ["auto", "scroll"].includes(getComputedStyle(node).overflowY))
        .map((node) => node.scrollHeight - node.clientHeight);
    const root = document.documentElement;
    return Math.max(root.scrollHeight, innerHeight + Math.max(0, ...hidden));
}
"""


class Studio:
    """Takes pictures of one demo, in one language after the other."""

    def __init__(self, launched, address, found):
        """Use a browser that runs; `found` is what `kit.screens.inside` has answered."""
        self.launched = launched
        self.address = address
        self.found = found
        self.taken = 0

    def take(self, screens, language):
        """Take all pictures in one language, at every width."""
        found = {**self.found, "lang": language}
        self._speak(language)
        for width in WIDTHS:
            office = [screen for screen in screens if screen in pages.OFFICE]
            with self._window(width, language) as page:
                if office:
                    self._enter(page)
                for screen in office:
                    self._picture(page, screen, width, found)
            for dark in (False, True):
                self._take_outside(screens, width, found, dark=dark)

    def _take_outside(self, screens, width, found, *, dark):
        """Take what everybody may see; who comes is nobody that the shop knows."""
        outside = [s for s in screens if s not in pages.OFFICE and s.dark == dark]
        if outside:
            with self._window(width, found["lang"], dark=dark) as page:
                for screen in outside:
                    self._picture(page, screen, width, found)

    @contextlib.contextmanager
    def _window(self, width, language, *, dark=False):
        options = browser.device(width, dark=dark)
        if width == browser.PHONE:
            options["device_scale_factor"] = PHONE_SCALE
        context = self.launched.new_context(
            base_url=self.address,
            locale=language.replace("_", "-"),
            reduced_motion="reduce",
            timezone_id="Europe/Sofia",
            **options,
        )
        context.set_default_timeout(PATIENCE)
        context.add_cookies([{"name": "frontend_lang", "value": language, "url": self.address}])
        with contextlib.closing(context):
            yield context.new_page()

    def _enter(self, page):
        self._sign_in(page)
        page.goto("/odoo/unfinished-orders")
        page.wait_for_selector(".o_action_manager .o_view_controller")

    def _speak(self, language):
        """Let the administrator's back office be in this language."""
        with self._window(browser.DESKTOP, language) as page:
            self._sign_in(page)
            write = {"model": "res.users", "method": "write", "kwargs": {}}
            write["args"] = [[self.found["ids"]["admin"]], {"lang": language}]
            self._call(page, "/web/dataset/call_kw/res.users/write", write)

    def _sign_in(self, page):
        """Give the window a session, which is quicker than to fill in the form."""
        who = {"db": self.found["database"], "login": "admin", "password": "admin"}
        self._call(page, "/web/session/authenticate", who)

    def _call(self, page, path, parameters):
        answer = page.request.post(path, data={"jsonrpc": "2.0", "params": parameters}).json()
        if error := answer.get("error"):
            raise Stop(f"{path} failed: {error['data']['message']}", f"see {paths.LOGS}")

    def _picture(self, page, screen, width, found):
        """Show the screen and keep its picture; say which it was that could not be shown."""
        try:
            screen.go(page, found)
            image = self._shoot(page, screen, width)
        except browser.Error as error:
            what = f"{screen.name} in {found['lang']} at {width} px"
            page.screenshot(path=paths.LOGS / "screens-failed.png")
            way_out = f"look at {paths.LOGS}/screens-failed.png and the log beside it"
            raise Stop(f"{what}: {str(error).splitlines()[0]}", way_out) from error
        folder = FOLDER / found["lang"][:2]
        folder.mkdir(parents=True, exist_ok=True)
        save(image, folder / f"{screen.name}_{width}.webp")
        self.taken += 1
        say.step(f"{found['lang']} {width} {screen.name}")

    def _shoot(self, page, screen, width):
        window = page.viewport_size
        page.wait_for_function(SETTLED)
        if screen.whole:
            height = min(page.evaluate(NEEDED), HIGHEST[width])
            page.set_viewport_size({"width": width, "height": max(height, 200)})
        page.wait_for_timeout(200)  # what grows, fades or follows the size of the window
        page.wait_for_function(SETTLED)
        image = page.screenshot()
        page.set_viewport_size(window)
        return image


def save(image, path):
    """Keep a picture small: WebP, lossless where that is the smaller one."""
    picture = Image.open(io.BytesIO(image)).convert("RGB")
    few = picture.quantize(128, dither=Image.Dither.NONE).convert("RGB")
    kept = []
    for source, options in (
        (few, {"lossless": True, "quality": 60, "method": 4}),
        (picture, {"quality": QUALITY, "method": 4}),
    ):
        buffer = io.BytesIO()
        source.save(buffer, WEBP, **options)
        kept.append(buffer.getvalue())
    path.write_bytes(min(kept, key=len))
