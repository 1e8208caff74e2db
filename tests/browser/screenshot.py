#!/usr/bin/python3
"""screenshot.py URL OUT.png [WIDTHxHEIGHT] [--dark] [--full] [--wait SECONDS]: a page as headless Chromium draws it."""
import argparse
import sys
import time

from browser import Browser, BrowserError, made_of


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("url")
    options.add_argument("out")
    options.add_argument("size", nargs="?", default="1280x900", help="of the page in CSS pixels")
    options.add_argument("--dark", action="store_true", help="as a visitor with a dark theme sees it")
    options.add_argument("--full", action="store_true", help="the whole page, not only what fits the window")
    options.add_argument("--wait", type=float, default=0.3, help="seconds after loading")
    asked = options.parse_args()
    with Browser(*made_of(asked.size)) as browser:
        scheme = "dark" if asked.dark else "light"
        browser.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.open(asked.url)
        time.sleep(asked.wait)
        browser.screenshot(asked.out, asked.full)
        complaints = browser.complaints()
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BrowserError, OSError) as error:
        sys.exit(f"screenshot: {error}")
