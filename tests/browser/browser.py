"""A headless Chromium, driven through chromedriver's WebDriver protocol with the standard library alone."""
import base64
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element reference, W3C WebDriver §12.2
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)


class BrowserError(Exception):
    """What the browser or its driver answered instead of doing what was asked."""


class Browser:
    """One browser window of its own, gone with its profile at the end of the with block."""

    def __init__(self, width=1280, height=900, wait_for_load=True):
        self.profile = tempfile.mkdtemp(prefix="browser-")
        self.driver = subprocess.Popen(
            [shutil.which("chromedriver") or "/usr/bin/chromedriver", "--port=0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True)
        self.session = None
        try:
            self.address = f"http://127.0.0.1:{self.port()}"
            options = {"args": [*ARGUMENTS, f"--user-data-dir={self.profile}"]}
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            if chromium:
                options["binary"] = chromium
            wanted = {"capabilities": {"alwaysMatch": {
                "goog:chromeOptions": options, "acceptInsecureCerts": True, "goog:loggingPrefs": {"browser": "ALL"},
                "pageLoadStrategy": "normal" if wait_for_load else "none"}}}
            self.session = self.send("POST", "/session", wanted)["sessionId"]
            self.size(width, height)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def port(self):
        for line in self.driver.stdout:
            started = re.search(r"started successfully on port (\d+)", line)
            if started:
                return int(started.group(1))
        raise BrowserError(f"chromedriver ended with {self.driver.wait()} before it listened")

    def send(self, method, path, body=None):
        """One WebDriver command; path is below the session unless it makes one."""
        path = path if self.session is None else f"/session/{self.session}{path}"
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise BrowserError(f"{value['error']}: {value['message'].splitlines()[0]}") from None

    def devtools(self, command, **parameters):
        return self.send("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def size(self, width, height):
        """The page's own size in CSS pixels; windows cannot be as narrow as a telephone, pages can."""
        self.devtools("Emulation.setDeviceMetricsOverride",
                      width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, url):
        self.send("POST", "/url", {"url": url})

    @property
    def url(self):
        return self.send("GET", "/url")

    @property
    def title(self):
        return self.send("GET", "/title")

    def run(self, script, *arguments):
        return self.send("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def text(self):
        return self.run("return document.body.innerText")

    def all(self, css):
        return [found[ELEMENT] for found in self.send("POST", "/elements", {"using": "css selector", "value": css})]

    def one(self, css, seconds=10):
        """The first element that matches, waiting for it up to that long."""
        end = time.monotonic() + seconds
        while True:
            found = self.all(css)
            if found:
                return found[0]
            if time.monotonic() > end:
                raise BrowserError(f"nothing matches {css} at {self.url} (title {self.title!r})")
            time.sleep(0.05)

    def click(self, css):
        self.send("POST", f"/element/{self.one(css)}/click")

    def submit(self, css):
        """Clicks, and waits until the page that this leads to has taken the place of the present one."""
        self.run("document.documentElement.dataset.left = '1'")
        self.click(css)
        end = time.monotonic() + 20
        while self.run("return document.documentElement.dataset.left === '1' || document.readyState !== 'complete'"):
            if time.monotonic() > end:
                raise BrowserError(f"{css} at {self.url} leads nowhere")
            time.sleep(0.05)

    def type(self, css, text):
        """Replaces what a field holds; for a file field, text is a path."""
        element = self.one(css)
        if self.run("return document.querySelector(arguments[0]).type", css) != "file":
            self.send("POST", f"/element/{element}/clear")
        self.send("POST", f"/element/{element}/value", {"text": text})

    def complaints(self):
        """The errors in the browser's console since it was last asked: missing files, failed scripts. Not a missing
        favicon.ico, for which browsers ask unbidden."""
        return [entry["message"] for entry in self.send("POST", "/se/log", {"type": "browser"})
                if entry["level"] == "SEVERE" and "/favicon.ico " not in entry["message"]]

    def screenshot(self, path, whole_page=False):
        picture = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=whole_page)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture))

    def close(self):
        if self.session:
            try:
                self.send("DELETE", "")
            except (OSError, BrowserError):
                pass  # the browser is gone already; the driver is ended below
        self.driver.terminate()
        self.driver.wait()
        self.driver.stdout.close()
        shutil.rmtree(self.profile, ignore_errors=True)


def made_of(size):
    """ "1280x900" as (1280, 900)."""
    width, _, height = size.partition("x")
    return int(width), int(height)
