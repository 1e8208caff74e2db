"""Promise: what the kernel gave as bytes that are not UTF-8 reaches the application as Python has it (PEP 383).

GET / answers with JSON: the bytes in hexadecimal of the variables CAFE and CAFE_FLAG, of the working directory's last name, of the first
folder on the import path (its last name), of what the factory was given, and of the folder of this file.
"""
import json
import os
import sys


def create(word="none"):
    def app(environ, start_response):
        told = {
            "variable": os.environb.get(b"CAFE", b"").hex(),
            "flag": os.environb.get(b"CAFE_FLAG", b"").hex(),
            "directory": os.path.basename(os.getcwdb()).hex(),
            "path": [os.path.basename(os.fsencode(entry)).hex() for entry in sys.path],
            "word": os.fsencode(word).hex(),
            "file": os.path.basename(os.path.dirname(os.fsencode(os.path.abspath(__file__)))).hex(),
        }
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(told).encode()]
    return app


app = create()
