"""What shop.web.wsgi imports from its parent package."""
PLATES = 3
