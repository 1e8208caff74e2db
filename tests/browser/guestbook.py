#!/usr/bin/python3
"""guestbook.py URL [--screenshots DIRECTORY]: a visitor's session in the example site, examples/guestbook.

Signs in, signs the book with a picture, gets it back, is refused a bad form, watches the warm-up page arrive piece by
piece, sees the error pages, takes the entry back and signs out. Exits 0 when all went well, else 1, and prints the step
that failed.
"""
import argparse
import os
import struct
import sys
import tempfile
import time
import zlib

from browser import Browser, BrowserError


def picture(width=320, height=120):
    """A PNG with a warm gradient, made here so that no binary file is needed."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    rows = b"".join(
        b"\0" + b"".join(bytes((255 - 90 * y // height, 90 + 110 * x // width, 60)) for x in range(width))
        for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Visit:
    """The steps, in order; each says what it is before it is done."""

    def __init__(self, browser, root, screenshots):
        self.browser, self.root, self.screenshots, self.step = browser, root.rstrip("/"), screenshots, "starting"

    def expect(self, what, holds):
        if not holds:
            raise BrowserError(f"{what}; {self.browser.url} says:\n{self.browser.text()[:600]}")

    def expect_text(self, text):
        self.expect(f"expected {text!r}", text in self.browser.text())

    def expect_quiet(self):
        complaints = self.browser.complaints()
        self.expect(f"the browser complains: {complaints}", not complaints)

    def keep(self, name):
        if self.screenshots:
            self.browser.screenshot(os.path.join(self.screenshots, name + ".png"))

    def sign_in(self):
        self.step = "sign in"
        self.browser.open(self.root + "/")
        self.keep("front")
        self.browser.type("#name", "Marie Curie")
        self.browser.submit("#sign .button")
        self.expect_text("Welcome, Marie Curie.")

    def sign(self):
        self.step = "sign the book with a picture"
        browser = self.browser
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            file.write(picture())
            file.flush()
            browser.type("#message", "It glows <b>in the dark</b>.")
            browser.type("#heat", "260")
            browser.type("#file", file.name)
            browser.submit("#sign .button")
        self.expect_text("It glows <b>in the dark</b>.")
        self.expect_text("260 °C")
        browser.run("document.querySelector('.picture img').loading = 'eager'")
        self.until("the picture is shown", "return document.querySelector('.picture img').naturalWidth === 320")
        size = browser.run("const r = new XMLHttpRequest();"
                           "r.open('GET', document.querySelector('.picture').href, false);"
                           "r.overrideMimeType('text/plain; charset=x-user-defined'); r.send();"
                           "return r.responseText.length")
        self.expect(f"the download has {size} bytes, not {len(picture())}", size == len(picture()))
        self.keep("signed")
        self.expect_quiet()

    def until(self, what, script, seconds=10):
        end = time.monotonic() + seconds
        while not self.browser.run(script):
            self.expect(f"never: {what}", time.monotonic() < end)
            time.sleep(0.05)

    def bad_form(self):
        self.step = "a bad form is answered with what is wrong"
        self.browser.run("document.querySelector('#sign form').noValidate = true")
        self.browser.type("#message", "x")
        self.browser.type("#heat", "9")
        self.browser.submit("#sign .button")
        self.expect_text("The message needs at least 3 characters.")
        self.expect_text("The temperature is a whole number from 20 to 300.")
        self.browser.complaints()  # the 422 is one

    def warm_up(self):
        self.step = "the warm-up page arrives piece by piece"
        seen = set()
        # On a machine with much to do the browser may look when all of a quick one is there: then a slower one is asked for.
        for pause in (0.3, 1, 2):
            seen |= self.watch(f"/warm-up?steps=8&pause={pause}")
            if any(0 < count < 8 for count in seen):
                break
        self.expect(f"readings were only seen at {sorted(seen)}", 8 in seen and any(0 < count < 8 for count in seen))

    def watch(self, path):
        seen, end = set(), time.monotonic() + 60
        with Browser(wait_for_load=False) as browser:  # of its own: the other waits for whole pages
            browser.open(self.root + path)
            while 8 not in seen and time.monotonic() < end:
                seen.add(browser.run("return document.querySelectorAll('.log li').length"))
                if self.screenshots and max(seen) == 5:
                    browser.screenshot(os.path.join(self.screenshots, "warming-up.png"))
        return seen

    def errors(self):
        for path, text in (("/nowhere", "404"), ("/boom", "Something boiled over")):
            self.step = f"the error page of {path}"
            self.browser.open(self.root + path)
            self.expect_text(text)
            self.expect_text("Back to the guestbook")
        self.browser.complaints()  # the 404 and the 500 are two

    def leave(self):
        self.step = "take the entry back"
        for path in ("/files/", "/about"):
            self.browser.open(self.root + path)
        self.browser.open(self.root + "/")
        self.browser.submit(".back button")
        self.expect_text("taken out of the book")
        self.step = "sign out"
        self.browser.submit(".visitor button")
        self.expect_text("You have signed out.")
        self.expect_quiet()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("url")
    options.add_argument("--screenshots", help="a directory for pictures of some of the pages")
    asked = options.parse_args()
    with Browser() as browser:
        visit = Visit(browser, asked.url, asked.screenshots)
        try:
            for step in (visit.sign_in, visit.sign, visit.bad_form, visit.warm_up, visit.errors, visit.leave):
                step()
        except (BrowserError, OSError) as error:
            print(f"guestbook: {visit.step}: {error}", file=sys.stderr)
            return 1
    print("guestbook: signed in, signed, downloaded, watched the warm-up, took the entry back, signed out")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BrowserError, OSError) as error:
        sys.exit(f"guestbook: no browser: {error}")
