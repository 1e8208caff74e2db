"""What every part uses: commands, a running server, artefacts and second versions of them."""
import glob
import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
APP = """\
import os, sys
from flask import Flask, jsonify, request
app = Flask(__name__)

@app.get("/")
def hello():
    return "first"

@app.get("/who")
def who():
    return jsonify(pid=os.getpid(), python="%d.%d" % sys.version_info[:2], prefix=sys.prefix, uid=os.getuid())

@app.post("/echo")
def echo():
    return request.get_data()

@app.post("/fill")
def fill():
    taken = []
    while True:
        taken.append(b"x" * 1_000_000)
"""
PATIENCE = 180


class Failure(Exception):
    """What did not go as it must."""


def say(text):
    print(text, flush=True)


def must(true, text):
    if not true:
        raise Failure(text)


class Step:
    """with Step("what is done"): prints it when it is done, with how long it took."""

    def __init__(self, text):
        self.text = text

    def __enter__(self):
        self.begun = time.monotonic()
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            say(f"  {self.text}: {time.monotonic() - self.begun:.1f} s")
        else:
            say(f"  {self.text}: FAILED")


def run(*command, fails=False, **options):
    """Runs to the end and returns what was said on both streams. It must succeed, or fail."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, errors="replace",
                          **options)
    must((done.returncode != 0) == fails, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return done.stdout


def installed(*programs):
    """Whether all of them are here; says what is not."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        say(f"  LEFT OUT: there is no {', '.join(missing)} here")
    return not missing


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def change(path, old, new):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    must(old in text, f"{path} holds no {old}")
    write(path, text.replace(old, new))


def listing(folder):
    """All files below a folder that are not made by Python as it runs."""
    return {os.path.relpath(os.path.join(where, name), folder)
            for where, _, names in os.walk(folder) if "__pycache__" not in where for name in names}


class Artefacts:
    def __init__(self, dist, work, cache, machine):
        self.dist, self.work, self.cache, self.machine = dist, work, cache, machine
        self.debian = {"x86_64": "amd64", "aarch64": "arm64"}[machine]

    def one(self, pattern):
        found = glob.glob(os.path.join(self.dist, pattern))
        must(len(found) == 1, f"{self.dist} has {len(found)} of {pattern}")
        return found[0]

    def folder(self, name):
        path = os.path.join(self.work, name)
        os.makedirs(path, exist_ok=True)
        return path

    def site(self, name):
        """A folder with the application."""
        path = self.folder(f"site-{name}")
        write(os.path.join(path, "shop.py"), APP)
        return path

    def wheel(self):
        return self.one(f"*_{self.machine}.whl")

    def next_wheel(self):
        """The same as the wheel of a later version."""
        tree = self.folder("tree")
        with zipfile.ZipFile(self.wheel()) as packed:
            for name in packed.namelist():
                inside = re.fullmatch(r"[^/]*\.data/(scripts|data)/(.*)", name)
                if inside:
                    path = os.path.join(tree, "bin" if inside[1] == "scripts" else ".", inside[2])
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    with open(path, "wb") as file:
                        file.write(packed.read(name))
        later = self.folder("later")
        run(sys.executable, os.path.join(REPOSITORY, "packaging/wheel.py"), tree, later, "99.0", self.machine,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
        return glob.glob(os.path.join(later, "*.whl"))[0]

    def flask_wheel(self):
        """Debian's Flask and what it needs, as a wheel: there is no index here."""
        path = os.path.join(self.folder("flask"), "flask-2.2.2-py3-none-any.whl")
        if not os.path.exists(path):
            modules = "/usr/lib/python3/dist-packages"
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
                for module in ("flask", "werkzeug", "jinja2", "markupsafe", "itsdangerous", "click"):
                    must(os.path.isdir(os.path.join(modules, module)), f"{modules} has no {module}: apt-get install python3-flask")
                    for name in listing(os.path.join(modules, module)):
                        if name.endswith((".py", ".pyi")):
                            packed.write(os.path.join(modules, module, name), f"{module}/{name}")
                packed.writestr("flask-2.2.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: flask\nVersion: 2.2.2\n")
                packed.writestr("flask-2.2.2.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
                packed.writestr("flask-2.2.2.dist-info/RECORD", "")
        return path


class Asked:
    """What listens at self.port, asked as a client would."""

    def ask(self, path, method="GET", body=None):
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            client.request(method, path, body)
            answer = client.getresponse()
            return answer.status, answer.read().decode()
        finally:
            client.close()

    def must_say(self, text, path="/"):
        answer = self.ask(path)
        must(answer == (200, text), f"{path}: {answer} in place of {text!r}")

    def serves(self):
        """All that an application does, in short."""
        body = "x" * 300_000
        must(self.ask("/echo", "POST", body) == (200, body), "a body did not come back as it was")
        must(self.ask("/none")[0] == 404, "a page that is not there")


class Server(Asked):
    """A server that was started by this command, which has to be told a bind at 127.0.0.1:0."""

    def __init__(self, *command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        errors="replace", start_new_session=True, **options)
        self.lines, self.news, self.ended = [], threading.Condition(), False
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        try:
            self.port = int(re.search(r"Listening at: http://[^ ]*:(\d+)", self.wait("Listening at: "))[1])
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            say("".join(self.lines[-30:]))
        self.kill()

    def _read(self):
        for line in self.process.stderr:
            with self.news:
                self.lines.append(line)
                self.news.notify_all()
        with self.news:
            self.ended = True
            self.news.notify_all()

    def wait(self, text, after=0):
        """The first line behind so many that holds this text."""
        def found():
            return next((line for line in self.lines[after:] if text in line), None)
        with self.news:
            self.news.wait_for(lambda: found() or self.ended, PATIENCE)
            must(found(), f"the server never said {text!r}:\n{''.join(self.lines[-30:])}")
            return found()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        must(code == 0, f"the server ended with {code}:\n{''.join(self.lines[-30:])}")

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Asking:
    """Some clients ask again and again while something is done; none may fail."""

    def __init__(self, server, path="/", clients=1):
        self.server, self.path, self.wrong, self.count, self.over = server, path, [], 0, False
        self.threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def _ask(self):
        while not self.over:
            try:
                status, _ = self.server.ask(self.path)
                if status != 200:
                    self.wrong.append(status)
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append(error)
            self.count += 1

    def __exit__(self, kind, error, trace):
        self.over = True
        for thread in self.threads:
            thread.join()
        if kind is None:
            must(not self.wrong and self.count, f"{len(self.wrong)} of {self.count} requests failed: {self.wrong[:3]}")
            say(f"  {self.count} requests meanwhile, none failed")
