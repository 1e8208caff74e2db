"""wheel.py TREE FOLDER VERSION MACHINE: makes the wheel of a staged tree, the same bytes every time (PEP 427, PEP 600)."""
import base64
import hashlib
import os
import sys
import time
import zipfile

# Both programs are linked against the glibc of Debian 12 and use nothing newer than this.
GLIBC = "2_34"

METADATA = """\
Metadata-Version: 2.1
Name: hotplate
Version: {version}
Summary: A production server for Flask and every other WSGI application
License: MIT
Classifier: Development Status :: 4 - Beta
Classifier: Environment :: Web Environment
Classifier: Framework :: Django
Classifier: Framework :: Flask
Classifier: Intended Audience :: Developers
Classifier: License :: OSI Approved :: MIT License
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3 :: Only
Classifier: Topic :: Internet :: WWW/HTTP :: WSGI :: Server
Requires-Python: >=3.9
Description-Content-Type: text/markdown

{description}"""

WHEEL = """\
Wheel-Version: 1.0
Generator: hotplate-release
Root-Is-Purelib: false
Tag: py3-none-{tag}
"""


def files(tree):
    """Paths below the tree, relative, sorted."""
    return sorted(os.path.relpath(os.path.join(folder, name), tree) for folder, _, names in os.walk(tree) for name in names)


def main(tree, folder, version, machine):
    tag = f"manylinux_{GLIBC}_{machine}"
    moment = time.gmtime(max(int(os.environ["SOURCE_DATE_EPOCH"]), 315532800))[:6]
    info = f"hotplate-{version}.dist-info"
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    contents = []
    for name in files(tree):
        with open(os.path.join(tree, name), "rb") as source:
            data = source.read()
        # A script is put where programs are and may be executed; the rest goes below the environment's own folder.
        place = f"scripts/{name[4:]}" if name.startswith("bin/") else f"data/{name}"
        contents.append((f"hotplate-{version}.data/{place}", data, 0o755 if name.startswith("bin/") else 0o644))
    with open(os.path.join(home, "packaging/PYPI.md"), encoding="utf-8") as source:
        contents.append((f"{info}/METADATA", METADATA.format(version=version, description=source.read()).encode(), 0o644))
    with open(os.path.join(home, "LICENSE"), "rb") as source:
        contents.append((f"{info}/LICENSE", source.read(), 0o644))
    contents.append((f"{info}/WHEEL", WHEEL.format(tag=tag).encode(), 0o644))
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for name, data, _ in contents) + f"{info}/RECORD,,\n"
    contents.append((f"{info}/RECORD", record.encode(), 0o644))
    path = os.path.join(folder, f"hotplate-{version}-py3-none-{tag}.whl")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        for name, data, mode in contents:
            entry = zipfile.ZipInfo(name, moment)
            entry.external_attr = (0o100000 | mode) << 16
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, data)


main(*sys.argv[1:])
