"""Promise: what Flask and Werkzeug give an application works behind the server, mount path and all.

GET  /                   url_for of everything: JSON {"root", "file", "external"}: SCRIPT_NAME, scheme and Host show
GET  /stream?n=3&gap=0.1 stream_with_context, reading request.args as it goes
GET  /file               send_file of 100,000 bytes, byte i = i mod 251: ETag, conditional requests and Range: bytes=…
GET  /download           send_file as an attachment with a name beyond ASCII
POST /upload             multipart/form-data: JSON {"fields", "files": [{"name", "filename", "size", "sha256", "type"}]}
POST /json               JSON in, the same JSON out
GET  /login?name=N       puts N into the session and goes to /me;  GET /me: the name, or "nobody"
GET  /cookies            sets three cookies; JSON of those that came
GET  /redirect           302 to /me
GET  /abort/CODE         abort(CODE)
GET  /teardown?log=FILE  teardown_request and call_on_close append "teardown" and "closed" to FILE
GET  /error              raises: Flask's own 500
GET  /path/ANY           the path as Flask decoded it
GET  /remote             JSON {"addr", "scheme", "host", "secure", "url", "root"}
ANY  /chunked            JSON {"length" of the body that get_data() read, "content_length"}
"""
import hashlib
import io
import time

from flask import (Flask, abort, g, jsonify, make_response, redirect, request, send_file, session,
                   stream_with_context, url_for)

app = Flask(__name__)
app.secret_key = "not a secret: this is a test"
CONTENT = bytes(i % 251 for i in range(100_000))


@app.get("/")
def index():
    return jsonify(root=url_for("index"), file=url_for("file"), external=url_for("me", _external=True))


@app.get("/stream")
def stream():
    def pieces():
        for number in range(request.args.get("n", 3, int)):
            if number:
                time.sleep(request.args.get("gap", 0.1, float))
            yield f"piece {number + 1}\n"
    return app.response_class(stream_with_context(pieces()), mimetype="text/plain")


@app.get("/file")
def file():
    return send_file(io.BytesIO(CONTENT), mimetype="application/octet-stream", conditional=True,
                     etag=hashlib.sha256(CONTENT).hexdigest())


@app.get("/download")
def download():
    return send_file(io.BytesIO(b"content"), as_attachment=True, download_name="résumé.txt")


@app.post("/upload")
def upload():
    files = []
    for name, sent in request.files.items(multi=True):
        content = sent.read()
        files.append({"name": name, "filename": sent.filename, "size": len(content), "type": sent.content_type,
                      "sha256": hashlib.sha256(content).hexdigest()})
    return jsonify(files=files, fields=request.form.to_dict())


@app.post("/json")
def echo_json():
    return jsonify(request.get_json())


@app.get("/login")
def login():
    session["name"] = request.args["name"]
    return redirect(url_for("me"))


@app.get("/me")
def me():
    return session.get("name", "nobody")


@app.get("/cookies")
def cookies():
    response = make_response(jsonify(request.cookies))
    for name in "abc":
        response.set_cookie(name, name * 3, httponly=True)
    return response


@app.get("/redirect")
def to_me():
    return redirect(url_for("me"))


@app.get("/abort/<int:code>")
def aborted(code):
    abort(code)


@app.teardown_request
def torn_down(error):
    if "log" in g:
        note(g.log, "teardown")


def note(path, line):
    with open(path, "a") as log:
        log.write(line + "\n")


@app.get("/teardown")
def teardown():
    g.log = request.args["log"]
    response = make_response("noted")
    response.call_on_close(lambda path=g.log: note(path, "closed"))
    return response


@app.get("/error")
def error():
    raise RuntimeError("on purpose")


@app.get("/path/<path:rest>")
def path(rest):
    return rest


@app.get("/remote")
def remote():
    return jsonify(addr=request.remote_addr, scheme=request.scheme, host=request.host, secure=request.is_secure,
                   url=request.url, root=request.root_url)


@app.route("/chunked", methods=["GET", "POST"])
def chunked():
    return jsonify(length=len(request.get_data()), content_length=request.content_length)
