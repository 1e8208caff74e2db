"""Apache with mod_wsgi's daemon processes, and with Phusion Passenger."""

import os

from .server import Server, debian_version

MODULES = "/usr/lib/apache2/modules"


def apache(setup, modules, site):
    config = setup.folder / "apache.conf"
    load = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in ["mpm_event", *modules])
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    config.write_text(
        f"""
{load}
{user}
ServerName 127.0.0.1
ServerRoot {setup.folder}
DefaultRuntimeDir {setup.folder}
PidFile {setup.folder}/apache.pid
ErrorLog {setup.folder}/apache-error.log
LogLevel warn
Listen {setup.bind}
ListenBacklog 1024
KeepAlive On
MaxKeepAliveRequests 0
StartServers 2
ServerLimit 2
ThreadLimit 150
ThreadsPerChild 150
MaxRequestWorkers 300
MinSpareThreads 300
MaxSpareThreads 300
<Directory />
    Require all granted
</Directory>
{site}
"""
    )
    # No lingering copy in the background, and no envvars of /etc/apache2: only this file.
    return [["/usr/sbin/apache2", "-f", str(config), "-DFOREGROUND"]]


def mod_wsgi(setup):
    script = setup.folder / "app.wsgi"
    script.write_text("from app import app as application\n")
    return apache(
        setup,
        ["authz_core", "wsgi"],
        f"""
WSGISocketPrefix {setup.folder}/wsgi
WSGIDaemonProcess app processes={setup.workers} threads={setup.threads} python-path={setup.app} listen-backlog=1024
WSGIProcessGroup app
WSGIApplicationGroup %{{GLOBAL}}
WSGIScriptAlias / {script}
""",
    )


def passenger(setup):
    root = setup.folder / "passenger"
    (root / "public").mkdir(parents=True)
    (root / "passenger_wsgi.py").write_text(
        f"import sys\nsys.path.insert(0, {str(setup.app)!r})\nfrom app import app as application\n"
    )
    # The two switches at the end: this server would otherwise ask its maker's hosts for news.
    return apache(
        setup,
        ["authz_core", "passenger"],
        f"""
PassengerRoot /usr/lib/ruby/vendor_ruby/phusion_passenger/locations.ini
PassengerRuby /usr/bin/ruby
PassengerPython /usr/bin/python3
PassengerInstanceRegistryDir {setup.folder}
PassengerAppRoot {root}
PassengerAppType wsgi
PassengerStartupFile passenger_wsgi.py
PassengerMaxPoolSize {setup.workers}
PassengerMinInstances {setup.workers}
PassengerMaxRequestQueueSize 0
PassengerLogLevel 2
PassengerDisableAnonymousTelemetry on
PassengerDisableSecurityUpdateCheck on
DocumentRoot {root}/public
""",
    )


APACHE_MOD_WSGI = Server(
    "apache-mod-wsgi", "Apache mod_wsgi daemon",
    "mpm_event of 2 × 150 threads, `KeepAlive On`, `WSGIDaemonProcess processes=N threads=T`",
    mod_wsgi, ["apache2-bin", "libapache2-mod-wsgi-py3"],
    version=lambda: f"{debian_version('apache2-bin')} + {debian_version('libapache2-mod-wsgi-py3')}",
)
APACHE_PASSENGER = Server(
    "passenger", "Apache + Passenger",
    "the same Apache, `PassengerMinInstances` = `PassengerMaxPoolSize` = N; "
    "the open edition gives a process one request at a time",
    passenger, ["apache2-bin", "libapache2-mod-passenger"],
    version=lambda: debian_version("libapache2-mod-passenger"),
)
