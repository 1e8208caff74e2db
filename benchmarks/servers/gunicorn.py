"""gunicorn with its three common kinds of worker, and behind nginx as most people run it."""

import os

from .server import Server, debian_version

PROGRAM = ["/usr/bin/python3", "/usr/bin/gunicorn"]


def gunicorn(kind, setup, bind, *more):
    return [
        *PROGRAM, "app:app", "--chdir", str(setup.app), "-b", bind, "-w", str(setup.workers), "-k", kind, *more,
        "--log-level", "error", "--worker-tmp-dir", "/dev/shm",
    ]


def sync(setup):
    return [gunicorn("sync", setup, setup.bind)]


def gthread(setup):
    return [gunicorn("gthread", setup, setup.bind, "--threads", str(setup.threads))]


def gevent(setup):
    return [gunicorn("gevent", setup, setup.bind)]


def behind_nginx(setup):
    socket = setup.folder / "gunicorn.sock"
    config = setup.folder / "nginx.conf"
    user = "user www-data;" if os.geteuid() == 0 else ""
    temporary = "\n".join(
        f"    {what}_temp_path {setup.folder}/{what};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config.write_text(
        f"""
{user}
worker_processes 2;
daemon off;
pid {setup.folder}/nginx.pid;
error_log {setup.folder}/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_max_body_size 16m;
    client_body_buffer_size 128k;
    keepalive_requests 100000000;
{temporary}
    upstream app {{ server unix:{socket} fail_timeout=0; }}
    server {{
        listen {setup.bind};
        location / {{
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_redirect off;
            proxy_pass http://app;
        }}
    }}
}}
"""
    )
    return [
        gunicorn("gthread", setup, f"unix:{socket}", "--threads", str(setup.threads)),
        ["/usr/sbin/nginx", "-c", str(config)],
    ]


def version():
    return debian_version("gunicorn")


GUNICORN_SYNC = Server(
    "gunicorn-sync", "gunicorn sync", "`-k sync`; closes every connection after its answer, it knows no keep-alive",
    sync, ["gunicorn"], version=version,
)
GUNICORN_GTHREAD = Server(
    "gunicorn-gthread", "gunicorn gthread", "`-k gthread --threads T`", gthread, ["gunicorn"], version=version
)
GUNICORN_GEVENT = Server(
    "gunicorn-gevent", "gunicorn gevent", "`-k gevent`, 1,000 connections a worker (its default)",
    gevent, ["gunicorn", "python3-gevent"], version=version,
)
NGINX_GUNICORN = Server(
    "nginx-gunicorn", "nginx → gunicorn gthread",
    "the configuration of gunicorn's own documentation: a Unix socket between them; 2 nginx processes, `--threads T`",
    behind_nginx, ["nginx", "gunicorn"], version=lambda: f"{debian_version('nginx')} → {version()}",
)
