"""Promise: an application inside a package is served, relative imports and all.

shop.web.wsgi:app with the directory above "shop" on the path (--chdir), or the path shop/web/wsgi.py:
"shop.web.wsgi uses shop.stock: 3 plates".
"""
