"""The wheel in fresh virtual environments, by pip and pipx."""
import glob
import json
import os
import shutil
import sys
import zipfile

from machine import Asking, Server, Step, change, installed, listing, must, run, say

IMPORTS = "import importlib.util as u, sys; sys.exit(any(u.find_spec(n) for n in ('hotplate', '_hotplate', 'hotplate_worker', 'python')))"


def pythons():
    """CPython 3.9 to 3.13, as far as they are here."""
    found = {}
    for path in ["/usr/bin/python3", *sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3")))]:
        version = run(path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()
        if version in ("3.9", "3.10", "3.11", "3.12", "3.13"):
            found.setdefault(version, path)
    return sorted(found.items(), key=lambda item: int(item[0][2:]))


def prove(artefacts):
    for version, python in pythons():
        say(f" CPython {version}, {python}")
        in_venv(artefacts, version, python)
    elsewhere(artefacts, *pythons()[-1])


def pip(venv, *words):
    return run(f"{venv}/bin/python", "-m", "pip", "-q", *words)


def serve(program, site, *words, **options):
    return Server(program, "serve", *words, "shop:app", "-b", "127.0.0.1:0", "-w", "1", "--watch", "0s", cwd=site, **options)


def in_venv(artefacts, version, python):
    venv, site = os.path.join(artefacts.folder("venvs"), version), artefacts.site(version)
    run(python, "-m", "venv", venv)
    pip(venv, "install", artefacts.flask_wheel())
    before = listing(venv)
    with Step("pip install"):
        pip(venv, "install", artefacts.wheel())
    hotplate = f"{venv}/bin/hotplate"
    must(run(hotplate, "--version").startswith("hotplate "), "--version")
    run(f"{venv}/bin/python", "-I", "-c", IMPORTS)
    run(hotplate, "check", "shop:app", "-b", "127.0.0.1:0", cwd=site)
    with Step("served, reloaded, upgraded while it serves, removed while it serves"), serve(hotplate, site) as server:
        server.must_say("first")
        server.serves()
        who = json.loads(server.ask("/who")[1])
        must((who["python"], os.path.realpath(who["prefix"])) == (version, os.path.realpath(venv)), f"it is served by {who}")
        reload(hotplate, server, site, "first", "second")
        with Asking(server):
            pip(venv, "install", "--force-reinstall", artefacts.wheel())
            replaced(server)
            pip(venv, "install", artefacts.next_wheel())
            replaced(server)
            reload(hotplate, server, site, "second", "third")
            pip(venv, "uninstall", "-y", "hotplate")
            replaced(server)
        server.must_say("third")
        # What is gone cannot load anything anew, which is told, and costs nothing.
        change(os.path.join(site, "shop.py"), "third", "fourth")
        server.process.send_signal(1)
        server.wait("HP")
        server.must_say("third")
        server.stop()
    left = listing(venv) ^ before
    must(not left, f"pip uninstall left {sorted(left)[:5]}")
    must(not os.path.exists(hotplate) and not os.path.isdir(f"{venv}/share/hotplate/python"), "pip uninstall left folders")


def reload(hotplate, server, site, old, new):
    change(os.path.join(site, "shop.py"), f'"{old}"', f'"{new}"')
    run(hotplate, "reload", "--control", f"{control()}/{server.process.pid}.sock")
    server.must_say(new)


def control():
    return f"{os.environ['XDG_RUNTIME_DIR']}/hotplate" if os.environ.get("XDG_RUNTIME_DIR") else f"/tmp/hotplate-{os.getuid()}"


def replaced(server):
    """A worker is killed, and another serves in its place."""
    pid = json.loads(server.ask("/who")[1])["pid"]
    os.kill(pid, 9)
    must(json.loads(server.ask("/who")[1])["pid"] != pid, "a killed worker answered")


def elsewhere(artefacts, version, python):
    """Copied, moved, linked, --target, --prefix, not whole."""
    top, site = artefacts.folder("elsewhere"), artefacts.site("elsewhere")
    venv = f"{top}/first"
    run(python, "-m", "venv", venv)
    pip(venv, "install", artefacts.flask_wheel(), artefacts.wheel())
    shutil.copytree(venv, f"{top}/copied", symlinks=True)
    answers(f"{top}/copied/bin/hotplate", site, "a copied environment", f"{top}/copied")
    os.rename(venv, f"{top}/moved")
    answers(f"{top}/moved/bin/hotplate", site, "a moved environment", f"{top}/moved")
    os.makedirs(f"{top}/links")
    os.symlink(f"{top}/moved/bin/hotplate", f"{top}/links/hp")
    answers(f"{top}/links/hp", site, "a symbolic link", f"{top}/moved")
    for option in ("--target", "--prefix"):
        folder = f"{top}/{option[2:]}"
        run(python, "-m", "pip", "-q", "install", option, folder, artefacts.wheel())
        answers(f"{folder}/bin/hotplate", site, option, f"{top}/moved", "--venv", f"{top}/moved")
    bundle = f"{top}/bundle.zip"
    shutil.make_archive(bundle[:-4], "zip", f"{top}/target")
    with zipfile.ZipFile(bundle) as packed:
        packed.extractall(f"{top}/unpacked")
    os.chmod(f"{top}/unpacked/bin/hotplate", 0o755)
    answers(f"{top}/unpacked/bin/hotplate", site, "an unpacked bundle", f"{top}/moved", "--venv", f"{top}/moved")
    shutil.rmtree(f"{top}/target/share")
    for command in ("serve", "check"):
        said = run(f"{top}/target/bin/hotplate", command, "shop:app", "-b", "127.0.0.1:0", "--venv", f"{top}/moved", cwd=site, fails=True)
        must("HP608" in said, f"{command} of an installation that is not whole said {said}")
    say("  serve and check of an installation that is not whole: HP608")


def answers(program, site, what, prefix, *words):
    with Step(f"{what} serves"), serve(program, site, *words) as server:
        server.must_say("first")
        who = json.loads(server.ask("/who")[1])
        must(os.path.realpath(who["prefix"]) == os.path.realpath(prefix), f"{what} is served by {who['prefix']}")
        server.stop()


def prove_pipx(artefacts):
    if not installed("pipx"):
        return
    top, site = artefacts.folder("pipx"), artefacts.site("pipx")
    # pipx brings its own pip up to date from an index; here Debian's is enough.
    places = {**os.environ, "PIPX_HOME": f"{top}/home", "PIPX_BIN_DIR": f"{top}/bin",
              "PIP_FIND_LINKS": "/usr/share/python-wheels " + wheels_for_pipx(top)}
    with Step("pipx install"):
        run("pipx", "install", artefacts.wheel(), env=places)
    run("pipx", "inject", "hotplate", artefacts.flask_wheel(), env=places)
    answers(f"{top}/bin/hotplate", site, "what pipx installed, with Flask injected,", f"{top}/home/venvs/hotplate")
    venv = f"{top}/project"
    run(sys.executable, "-m", "venv", venv)
    pip(venv, "install", artefacts.flask_wheel())
    answers(f"{top}/bin/hotplate", site, "VIRTUAL_ENV before pipx's own", venv, "--venv", venv)
    with Step("pipx upgrade by force, pipx uninstall"):
        run("pipx", "install", "--force", artefacts.next_wheel(), env=places)
        run("pipx", "uninstall", "hotplate", env=places)
    must(not os.path.lexists(f"{top}/bin/hotplate"), "pipx uninstall left the program")


def wheels_for_pipx(top):
    """A folder with Debian's package wheel as a wheel; pipx wants it beside pip and setuptools."""
    found = glob.glob("/usr/lib/python3/dist-packages/wheel-*.egg-info")
    must(found, "apt-get install python3-wheel")
    version = os.path.basename(found[0])[len("wheel-"):-len(".egg-info")]
    path = os.path.join(top, f"wheel-{version}-py3-none-any.whl")
    with zipfile.ZipFile(path, "w") as packed:
        for name in listing("/usr/lib/python3/dist-packages/wheel"):
            packed.write(f"/usr/lib/python3/dist-packages/wheel/{name}", f"wheel/{name}")
        packed.writestr(f"wheel-{version}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: wheel\nVersion: {version}\n")
        packed.writestr(f"wheel-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"wheel-{version}.dist-info/RECORD", "")
    return top
