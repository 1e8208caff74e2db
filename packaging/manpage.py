"""manpage.py 1|5 VERSION SECONDS: hotplate(1) and hotplate.toml(5), made of docs/settings.md, which is made of the settings themselves,
and docs/file.md."""
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
.BR hotplate " " status | ps | top | stacks | reload
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


FILE_HEAD = r"""
.SH NAME
hotplate.toml \- what a site is served with
.SH DESCRIPTION
"""

FILE_FOOT = r"""
.SH SEE ALSO
.BR hotplate (1)
"""


def roff(text):
    """Markdown of a sentence as roff."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", text)
    return "\\&" + text if text.startswith(".") else text


def table(settings):
    """The page of settings from its first section on, a flag for each item."""
    section, item, fresh, out = False, False, True, []
    for line in settings:
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
    return out


def keys(settings):
    """The same with the keys of hotplate.toml: a flag's long name; TARGET's key is of its own."""
    out = []
    for line in settings:
        flag = re.match(r"### `(?:-\w, )?--([\w-]+)(.*)`", line)
        if flag and flag[1] == "config":
            out.append("### -")
        elif flag:
            # One that needs no value as a flag has it in brackets.
            out.append(f"### `{flag[1]} =`" + flag[2].replace("[", "").replace("]", ""))
        else:
            out.append(line)
    text = "\n".join(out).replace("## TARGET", '## TARGET\n\n### `target = "TARGET"`\n', 1)
    text = re.sub(r"^### -\n.*?(?=^##)", "", text, flags=re.M | re.S)
    return table(text.split("\n"))


def of_file(page):
    """docs/file.md without its title: its blocks as they stand, its items, its paragraphs."""
    out, block = [], False
    for line in page[1:]:
        if line.startswith("```"):
            block = not block
            out += [".nf", ".RS"] if block else [".RE", ".fi"]
        elif block:
            out.append(roff(line))
        elif line.startswith("## "):
            out.append(f".SH {roff(line[3:]).upper()}")
        elif line.startswith("- "):
            out += [".IP \\(bu 2", roff(line[2:])]
        elif line.strip():
            out.append(roff(line.strip()))
        else:
            out.append(".PP")
    return out


def main(section, version, seconds):
    with open("docs/settings.md", encoding="utf-8") as source:
        settings = source.read().split("\n")
    day = time.strftime("%Y-%m-%d", time.gmtime(int(seconds)))
    if section == "1":
        out = [f'.TH HOTPLATE 1 "{day}" "hotplate {version}" "User Commands"', HEAD.strip("\n"), *table(settings), FOOT.strip("\n")]
    else:
        with open("docs/file.md", encoding="utf-8") as source:
            page = source.read().split("\n")
        out = [f'.TH HOTPLATE.TOML 5 "{day}" "hotplate {version}" "File Formats"', FILE_HEAD.strip("\n"), *of_file(page), *keys(settings),
               FILE_FOOT.strip("\n")]
    text = "\n".join(out)
    # A paragraph that another begins with, or a heading follows, is none.
    text = re.sub(r"(?:\n\.(?:PP|IP))+(?=\n\.(?:SH|TP|PP|IP))", "", text)
    print(text)


main(*sys.argv[1:])
