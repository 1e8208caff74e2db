#!/usr/bin/python3
"""make_django_site.py DIRECTORY [--user NAME] [--password PASSWORD]: an ordinary Django project with its admin.

What "django-admin startproject bench" makes, migrated, with a superuser, DEBUG off, and the admin's style sheets served
by the application itself. To be served as bench.wsgi:application, with DIRECTORY as the working directory.
"""
import argparse
import os
import subprocess
import sys

PROJECT = "bench"
SETTINGS = """

# Added for the tests: any host by which the server under test is reached, and errors as a visitor sees them.
ALLOWED_HOSTS = ["*"]
DEBUG = False
"""
WSGI = """
# Added for the tests: the admin's style sheets and scripts, with DEBUG off too.
from django.contrib.staticfiles.handlers import StaticFilesHandler  # noqa: E402

application = StaticFilesHandler(application)
"""


def run(directory, *command, **environment):
    done = subprocess.run([sys.executable, *command], cwd=directory, env={**os.environ, **environment},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"make_django_site: {' '.join(command)} failed ({done.returncode}):\n{done.stdout}")


def append(path, text):
    with open(path, "a") as file:
        file.write(text)


def make(directory, user, password):
    os.makedirs(directory, exist_ok=True)
    run(directory, "-m", "django", "startproject", PROJECT, ".")
    append(os.path.join(directory, PROJECT, "settings.py"), SETTINGS)
    append(os.path.join(directory, PROJECT, "wsgi.py"), WSGI)
    run(directory, "manage.py", "migrate", "--verbosity", "0")
    run(directory, "manage.py", "createsuperuser", "--noinput", "--username", user, "--email", f"{user}@example.org",
        DJANGO_SUPERUSER_PASSWORD=password)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("directory")
    options.add_argument("--user", default="admin")
    options.add_argument("--password", default="a warm plate")
    asked = options.parse_args()
    make(asked.directory, asked.user, asked.password)
