"""The servers: one list, in the order of the tables."""

from .apache import APACHE_MOD_WSGI, APACHE_PASSENGER
from .gunicorn import GUNICORN_GEVENT, GUNICORN_GTHREAD, GUNICORN_SYNC, NGINX_GUNICORN
from .extensions import BJOERN, FASTWSGI
from .hotplate import HOTPLATE
from .threads import CHEROOT, WAITRESS
from .uwsgi import UWSGI_HTTP, UWSGI_HTTP11

SERVERS = [
    HOTPLATE,
    GUNICORN_SYNC,
    GUNICORN_GTHREAD,
    GUNICORN_GEVENT,
    NGINX_GUNICORN,
    UWSGI_HTTP11,
    UWSGI_HTTP,
    WAITRESS,
    CHEROOT,
    APACHE_MOD_WSGI,
    APACHE_PASSENGER,
    BJOERN,
    FASTWSGI,
]
