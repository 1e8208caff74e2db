#!/usr/bin/python3
"""django_admin.py URL [--user NAME] [--password PASSWORD] [--screenshot FILE]: a session in the Django admin.

URL is the site's root. Logs in, makes a group with two permissions, changes its name, deletes it and logs out, as a
person would with a browser; checks what each page says, that the style sheets came, and that the console has no
complaint. Exits 0 when all went well, else 1, and prints the step that failed.
"""
import argparse
import sys
import time

from browser import Browser, BrowserError


class Session:
    """The steps, in order; each says what it is before it is done."""

    def __init__(self, browser, root):
        self.browser, self.root, self.step = browser, root.rstrip("/"), "starting"
        self.group = f"Bench {time.time_ns()}"

    def begin(self, step):
        self.step = step

    def expect(self, what, holds):
        if not holds:
            text = self.browser.text()[:600]
            raise BrowserError(f"{what}; {self.browser.url} (title {self.browser.title!r}) says:\n{text}")

    def expect_text(self, text):
        self.expect(f"expected {text!r}", text in self.browser.text())

    def expect_quiet(self):
        complaints = self.browser.complaints()
        self.expect(f"the browser complains: {complaints}", not complaints)

    def log_in(self, user, password):
        browser = self.browser
        self.begin("wrong password is refused")
        browser.open(f"{self.root}/admin/")
        browser.type("#id_username", user)
        browser.type("#id_password", password + " wrong")
        browser.submit("input[type=submit]")
        self.expect_text("Please enter the correct username and password")
        self.begin("log in")
        browser.type("#id_username", user)
        browser.type("#id_password", password)
        browser.submit("input[type=submit]")
        self.expect_text("Site administration")
        self.begin("style sheets")
        colour = browser.run("return getComputedStyle(document.querySelector('#header')).backgroundColor")
        self.expect(f"the header is {colour}: no style sheet came", colour not in ("rgba(0, 0, 0, 0)", ""))
        self.expect_quiet()

    def add_group(self):
        browser = self.browser
        self.begin("add a group")
        browser.open(f"{self.root}/admin/auth/group/add/")
        browser.type("#id_name", self.group)
        browser.one("#id_permissions_from option")  # the page's own script makes these lists
        browser.run("document.querySelectorAll('#id_permissions_from option').forEach((o, i) => o.selected = i < 2)")
        browser.run("SelectFilter.refresh_icons('id_permissions')")
        browser.click("#id_permissions_add_link")
        browser.submit("input[name=_save]")
        self.expect_text("was added successfully")
        self.expect_text(self.group)

    def change_group(self):
        browser = self.browser
        self.begin("change the group")
        browser.open(f"{self.root}/admin/auth/group/?q={self.group.replace(' ', '+')}")
        browser.submit("#result_list th a")
        browser.one("#id_permissions_to option")
        count = browser.run("return document.querySelectorAll('#id_permissions_to option').length")
        self.expect(f"the group kept {count} permissions, not 2", count == 2)
        self.group += " changed"
        browser.type("#id_name", self.group)
        browser.submit("input[name=_save]")
        self.expect_text("was changed successfully")
        self.expect_text(self.group)

    def refuse_empty(self):
        self.begin("an empty name is refused")
        self.browser.open(f"{self.root}/admin/auth/group/add/")
        self.browser.run("document.querySelector('#group_form').noValidate = true")
        self.browser.submit("input[name=_save]")
        self.expect_text("This field is required.")

    def delete_group(self):
        browser = self.browser
        self.begin("delete the group")
        browser.open(f"{self.root}/admin/auth/group/?q={self.group.replace(' ', '+')}")
        browser.submit("#result_list th a")
        browser.submit(".deletelink")
        self.expect_text("Are you sure")
        browser.submit("#content form input[type=submit]")
        self.expect_text("was deleted successfully")
        browser.open(f"{self.root}/admin/auth/group/?q={self.group.replace(' ', '+')}")
        self.expect("the group is still listed", not browser.all("#result_list th a"))
        self.expect_quiet()

    def log_out(self):
        self.begin("log out")
        self.browser.open(f"{self.root}/admin/logout/")
        self.browser.open(f"{self.root}/admin/")
        self.browser.one("#id_username")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("url")
    options.add_argument("--user", default="admin")
    options.add_argument("--password", default="a warm plate")
    options.add_argument("--screenshot", help="where to keep a picture of the admin after logging in")
    asked = options.parse_args()
    with Browser() as browser:
        session = Session(browser, asked.url)
        try:
            session.log_in(asked.user, asked.password)
            if asked.screenshot:
                browser.screenshot(asked.screenshot)
            session.add_group()
            session.change_group()
            session.refuse_empty()
            session.delete_group()
            session.log_out()
        except (BrowserError, OSError) as error:
            print(f"django_admin: {session.step}: {error}", file=sys.stderr)
            return 1
    print("django_admin: logged in, added, changed and deleted a group, logged out")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BrowserError, OSError) as error:
        sys.exit(f"django_admin: no browser: {error}")
