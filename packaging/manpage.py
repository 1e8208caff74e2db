"""manpage.py SETTINGS VERSION SECONDS: hotplate(1), made of docs/settings.md, which is made of the settings themselves."""
import re
import sys
import time

HEAD = r"""
.SH NAME
hotplate \- a production server for Flask and every other WSGI application
.SH SYNOPSIS
.B hotplate serve
.I TARGET
.RI [ flags ]
.br
.B hotplate dev
.I TARGET
.RI [ flags ]
.br
.BR hotplate " " check | config
.I TARGET
.RI [ flags ]
.br
.BR hotplate " " status | ps | stacks | reload
.br
.B hotplate help
.RI [ COMMAND | CODE ]
.SH DESCRIPTION
Hotplate serves a WSGI application over HTTP, with several worker processes, reloads without a lost request, and a queue before all workers.
.I TARGET
is shop:app, shop, 'shop:create_app("x")' or shop/app.py. Every flag is a variable too: \-\-max\-queue is HOTPLATE_MAX_QUEUE.
.PP
.B hotplate help serve
prints what this page says of flags, and
.B hotplate help HP204
what a code in a message means.
"""

FOOT = r"""
.SH SIGNALS
TERM and INT finish what is in flight, a second INT or QUIT stops at once, HUP loads the application anew, USR1 opens the log files anew, TTIN and TTOU make it one worker more or fewer.
.SH EXIT STATUS
0 stopped, 1 could not start, 2 what was said is not understood, 3 a worker failed to boot, 4 the application failed to load.
"""


def roff(text):
    """Markdown of a sentence as roff."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", text)
    return "\\&" + text if text.startswith(".") else text


def main(settings, version, seconds):
    with open(settings, encoding="utf-8") as source:
        lines = source.read().split("\n")
    day = time.strftime("%Y-%m-%d", time.gmtime(int(seconds)))
    out = [f'.TH HOTPLATE 1 "{day}" "hotplate {version}" "User Commands"', HEAD.strip("\n")]
    section, item, fresh = False, False, True
    for line in lines:
        if line.startswith("## "):
            section, item, fresh = True, False, True
            out.append(f".SH {roff(line[3:]).upper()}")
        elif not section or line.startswith("```"):
            continue
        elif line.startswith("### "):
            item, fresh = True, True
            out += [".TP", roff(line[4:])]
        elif line.strip():
            out.append(roff(line))
            fresh = False
        elif not fresh:
            out.append(".IP" if item else ".PP")
            fresh = True
    text = "\n".join(out + [FOOT.strip("\n")])
    # A paragraph that a heading follows is none.
    print(re.sub(r"\n\.[IP]P\n\.(SH|TP)", r"\n.\1", text))


main(*sys.argv[1:])
