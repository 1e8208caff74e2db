"""uWSGI, with workers that speak HTTP themselves and with its HTTP router in front of them."""

from .server import Server, debian_version

PACKAGES = ["uwsgi-core", "uwsgi-plugin-python3"]


def uwsgi(plugins, setup, *more):
    threads = ["--enable-threads", "--threads", str(setup.threads)] if setup.threads > 4 else []
    return [
        [
            "/usr/bin/uwsgi", "--plugins", plugins, *more, "--module", "app:app", "--chdir", str(setup.app),
            "--master", "--need-app", "--processes", str(setup.workers), *threads, "--disable-logging",
            "--listen", "1024", "--tcp-nodelay", "--die-on-term", "--logto", str(setup.folder / "uwsgi.log"),
        ]
    ]


def http11(setup):
    return uwsgi("python3", setup, "--http11-socket", setup.bind)


def http(setup):
    return uwsgi("http,python3", setup, "--http", setup.bind, "--http-keepalive")


def version():
    return debian_version("uwsgi-core")


UWSGI_HTTP11 = Server(
    "uwsgi-http11", "uWSGI http11-socket",
    "`--http11-socket --master --listen 1024 --tcp-nodelay`, no threads; `--threads T` in the sleep case. A process "
    "(or thread) stays with one keep-alive connection while the others wait: its latencies are those of the lucky ones",
    http11, PACKAGES, version=version,
)
UWSGI_HTTP = Server(
    "uwsgi-http", "uWSGI http",
    "`--http --http-keepalive --master --listen 1024 --tcp-nodelay`: its router process in front; no threads; "
    "`--threads T` in the sleep case",
    http, PACKAGES, version=version,
)
