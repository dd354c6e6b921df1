"""Goes the ways of people through the pages, in headless Chromium with a virtual authenticator. Prints a line a step."""

import os
import sys
import time
import traceback

import pyotp
import requests

from browser import BASE, Browser, Keys
from world import ADDRESS, World, asked, enrol, mailed_code, mailed_link, next_code, texted_code

GOOD = "four quite unlikely words"
OTHER = "some wholly different sentence"
WRONG_CODE = "000000"


class Steps:
    """The steps, and what earlier ones left for later ones."""

    def __init__(self, browser, world):
        self.browser = browser
        self.world = world
        self.first = {"email": os.environ["FIRST_EMAIL"], "password": os.environ["FIRST_PASSWORD"]}
        self.totp = None
        self.codes = []

    # -- what many steps do

    def type_sign_in(self, user, password=None, tenant=True):
        browser = self.browser
        browser.heading("Sign in")
        browser.fill("E-mail or user name", user["email"])
        browser.fill("Password", password or user["password"])
        if tenant:
            browser.press("Sign in to a particular organisation")
            browser.fill("Organisation", self.world.tenant)
        browser.press("Sign in")

    def sign_in(self, user, **more):
        self.browser.open("/ui/")
        self.type_sign_in(user, **more)

    def sign_out(self):
        browser = self.browser
        browser.script("performance.clearResourceTimings()")
        browser.press("Sign out")
        browser.says("You are signed out.")
        # Until the browser offers passkeys, a touch would be taken for the choice of one.
        offered = "return performance.getEntriesByType('resource').some((one) => one.name.endsWith('/passkey-options'))"
        browser.until("the offer of passkeys", lambda: browser.script(offered))

    def keep_codes(self):
        """Reads the recovery codes that are shown this once."""
        browser = self.browser
        browser.heading("Keep your recovery codes")
        codes = browser.script("return [...document.querySelectorAll('.codes code')].map((one) => one.textContent)")
        assert len(codes) == 10, codes
        return codes

    def add_passkey(self, name):
        browser = self.browser
        browser.press("Add a passkey")
        browser.heading("Add a passkey")
        browser.fill("Name", name)
        before = browser.passkeys()
        with browser.touched():
            browser.press("Continue")
            browser.until("the passkey", lambda: browser.passkeys() == before + 1)

    def set_up_app(self):
        """Sets an authenticator app up by the key that is shown."""
        browser = self.browser
        browser.press("Set up an app")
        browser.heading("Set up an authenticator app")
        browser.press("You cannot scan it?")
        secret = browser.script("return document.querySelector('.secret').textContent").replace(" ", "")
        return pyotp.TOTP(secret)

    # -- the steps

    def first_sign_in(self):
        """An owner whose one-time password must be changed."""
        browser = self.browser
        browser.open("/ui/")
        browser.heading("Sign in")
        browser.check("sign-in")
        browser.press("Sign in")
        browser.says("Please type your password.")
        assert browser.focused() == "E-mail or user name", browser.focused()
        self.type_sign_in(self.first, password="not the password", tenant=False)
        browser.says("do not sign in")
        browser.check("sign-in-wrong")
        assert browser.field("Password").get_property("value") == ""
        browser.fill("Password", self.first["password"])
        browser.press("Sign in")
        browser.heading("Choose a new password")
        browser.fill("New password", "password")
        browser.press("Save and go on")
        browser.says("at least 12 characters")
        browser.check("password-due")
        browser.press("Show: New password")
        assert browser.field("New password").get_property("type") == "text"
        browser.fill("New password", GOOD)
        browser.press("Save and go on")
        browser.heading("Your security")
        browser.says("by a password alone")
        browser.check("security-empty")
        # The session goes on after a reload, and no script can reach what stands for it.
        browser.reload()
        browser.heading("Your security")
        kept = browser.script("return JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])")
        assert kept == '[{},{},""]', kept
        assert {cookie["httpOnly"] for cookie in browser.driver.get_cookies()} == {True}
        assert "__Host-rollcall" in {cookie["name"] for cookie in browser.driver.get_cookies()}
        self.first["password"] = GOOD

    def authenticator(self):
        """An app is set up, its codes are kept, and it signs in."""
        browser = self.browser
        self.totp = self.set_up_app()
        assert browser.script("return document.querySelector('img.qr').naturalWidth") > 100
        browser.check("app")
        browser.fill("Code", WRONG_CODE)
        browser.press("Confirm")
        browser.says("This is not the code.")
        browser.check("app-wrong")
        browser.fill("Code", self.totp.now())
        browser.press("Confirm")
        self.codes = self.keep_codes()
        browser.check("codes")
        browser.press("Download")
        file = browser.downloads / "rollcall-recovery-codes.txt"
        browser.until("the file", file.exists)
        browser.until("the codes in it", lambda: all(code in file.read_text() for code in self.codes))
        browser.press("I have kept them")
        browser.says("The authenticator app is set up.")
        assert "On" in browser.section("Authenticator app") and "10 left" in browser.section("Recovery codes")
        self.sign_out()
        self.type_sign_in(self.first, tenant=False)
        browser.heading("Confirm it is you")
        browser.check("second-step")
        browser.fill("Code", WRONG_CODE)
        browser.press("Continue")
        browser.says("This code is not right")
        browser.heading("Confirm it is you")
        browser.check("second-step-wrong")
        browser.fill("Code", next_code(self.totp))
        browser.press("Continue")
        browser.heading("Your security")

    def passkey(self):
        """A passkey is registered, and signs in without a user name and a password."""
        browser = self.browser
        self.add_passkey("Laptop")
        browser.says("The passkey is added.")
        assert "Laptop" in browser.section("Passkeys") and "not used yet" in browser.section("Passkeys")
        browser.check("security")
        browser.press("Save", "Offered first")
        browser.says("The choice is saved.")
        self.sign_out()
        with browser.touched():
            browser.press("Sign in with a passkey")
            browser.heading("Your security")
        assert "not used yet" not in browser.section("Passkeys")
        # With a user name, for authenticators that do not find their passkeys by themselves.
        self.sign_out()
        browser.fill("E-mail or user name", self.first["email"])
        browser.press("Sign in to a particular organisation")
        browser.fill("Organisation", "platform")
        with browser.touched():
            browser.press("Sign in with a passkey")
            browser.heading("Your security")

    def conditional(self):
        """The browser offers the passkey in the field for the user name."""
        browser = self.browser
        self.sign_out()
        words = browser.script("return document.querySelector('input[name=identifier]').autocomplete")
        assert words == "username webauthn", words
        with browser.touched():
            browser.open("/ui/")
            browser.heading("Your security")
        self.sign_out()

    def recovery_code(self):
        """Whoever has nothing else at hand signs in with a code that was kept."""
        browser = self.browser
        self.type_sign_in(self.first, tenant=False)
        browser.heading("Confirm it is you")
        browser.says("Use a passkey")
        browser.check("second-step-passkey")
        browser.press("Recovery code")
        browser.fill("Recovery code", "22222-22222")
        browser.press("Continue")
        browser.says("This code is not right")
        browser.fill("Recovery code", self.codes[0])
        browser.press("Continue")
        browser.heading("Your security")
        assert "9 left" in browser.section("Recovery codes")

    def step_up(self):
        """What is sensitive asks for the strongest that there is, and is then done (RFC 9470)."""
        browser = self.browser
        browser.press("Make new codes", "Recovery codes")
        browser.heading("Make new recovery codes?")
        browser.check("confirm")
        browser.press("Make new codes")
        browser.heading("Confirm it is you")
        browser.says("is sensitive")
        browser.check("step-up")
        browser.press("Cancel")
        browser.heading("Your security")
        browser.says("Nothing was changed.")
        browser.press("Make new codes", "Recovery codes")
        browser.heading("Make new recovery codes?")
        browser.press("Make new codes")
        browser.heading("Confirm it is you")
        with browser.touched():
            browser.press("Use a passkey")
            fresh = self.keep_codes()
        assert not set(fresh) & set(self.codes)
        browser.press("I have kept them")
        browser.says("New recovery codes are made.")
        assert "10 left" in browser.section("Recovery codes")

    def remembered_device(self):
        """Where a factor was proven once, the password is enough, until the device is forgotten."""
        browser = self.browser
        self.sign_out()
        self.type_sign_in(self.first, tenant=False)
        browser.heading("Confirm it is you")
        browser.field("Do not ask again on this device").click()
        browser.check("second-step-remember")
        with browser.touched():
            browser.press("Use a passkey")
            browser.heading("Your security")
        assert "Stands in for: Passkey" in browser.section("Remembered devices")
        self.sign_out()
        # What the device shows works once, and a new one comes with each sign-in.
        for _ in range(2):
            self.type_sign_in(self.first, tenant=False)
            browser.heading("Your security")
            browser.press("Sign out")
            browser.says("You are signed out.")
        self.type_sign_in(self.first, tenant=False)
        browser.heading("Your security")
        browser.check("security-devices")
        browser.press("Forget", "Remembered devices")
        browser.says("The device is forgotten.")
        self.sign_out()
        self.type_sign_in(self.first, tenant=False)
        browser.heading("Confirm it is you")

    def sent_codes(self):
        """A telephone and a mailbox are set up by the codes that are sent to them."""
        browser = self.browser
        self.carl = self.world.user("carl", GOOD)
        self.phone = f"+4915{time.time_ns() % 10**9:09d}"
        self.sign_in(self.carl)
        browser.heading("Your security")
        browser.press("Add a telephone")
        browser.heading("Add a telephone")
        browser.fill("Telephone number", "12")
        browser.press("Send me a code")
        browser.says("The telephone number")
        browser.fill("Telephone number", f"{self.phone[:3]} {self.phone[3:6]} {self.phone[6:]}")
        browser.press("Send me a code")
        browser.says("A code was sent to")
        browser.check("telephone")
        browser.press("Send another code")
        browser.says("Please wait")
        browser.check("telephone-wait")
        browser.fill("Code", WRONG_CODE)
        browser.press("Confirm")
        browser.says("This is not the code.")
        browser.fill("Code", texted_code(self.phone))
        browser.press("Confirm")
        self.keep_codes()
        browser.press("I have kept them")
        browser.says("The telephone is set up.")
        browser.press("Add a mailbox")
        browser.heading("Add a mailbox")
        assert browser.field("E-mail address").get_property("value") == self.carl["email"]
        browser.press("Send me a code")
        browser.says("A code was sent to")
        self.sent = time.time()
        browser.fill("Code", mailed_code(self.carl["email"]))
        browser.press("Confirm")
        browser.says("The mailbox is set up.")
        assert "On" in browser.section("Text message") and "On" in browser.section("E-mail")

    def signed_in_by_sent_codes(self):
        """The codes that are sent sign in."""
        browser = self.browser
        # The server sends one in half a minute.
        time.sleep(max(0, self.sent + 31 - time.time()))
        for method, received in ((None, lambda after: texted_code(self.phone, after)), ("E-mail", self.mailed)):
            after = time.time() - 0.5
            self.sign_in(self.carl)
            browser.heading("Confirm it is you")
            if method:
                browser.press(method)
            browser.says("A code was sent to")
            if method:
                browser.check("second-step-sent")
            browser.fill("Code", WRONG_CODE)
            browser.press("Continue")
            browser.says("This code is not right")
            browser.fill("Code", received(after))
            browser.press("Continue")
            browser.heading("Your security")

    def mailed(self, after):
        return mailed_code(self.carl["email"], after)

    def last_factor(self):
        """A passkey is renamed, and not removed while it is the last factor that the organisation asks for."""
        browser = self.browser
        self.world.policy(requirement="required")
        gina = self.world.user("gina", GOOD)
        self.sign_in(gina)
        browser.heading("Your security")
        browser.says("Your organisation asks for a second factor. Please set it up before")
        self.add_passkey("Key")
        self.keep_codes()
        browser.press("I have kept them")
        browser.says("The passkey is added.")
        browser.press("Rename", "Passkeys")
        browser.heading("Rename the passkey")
        browser.fill("Name", "Blue key <b>")
        browser.check("rename")
        browser.press("Save")
        browser.says("The passkey has its new name.")
        assert "Blue key <b>" in browser.section("Passkeys")
        browser.press("Remove", "Passkeys")
        browser.heading("Remove the passkey?")
        browser.press("Remove")
        browser.says("this is your last one")
        browser.check("last-factor")
        browser.press("Cancel")
        browser.heading("Your security")
        totp = self.set_up_app()
        browser.fill("Code", totp.now())
        browser.press("Confirm")
        browser.says("The authenticator app is set up.")
        browser.press("Remove", "Passkeys")
        browser.heading("Remove the passkey?")
        browser.press("Remove")
        browser.says("The passkey is removed.")
        assert "Blue key" not in browser.section("Passkeys")
        self.world.policy(requirement="optional")

    def welcome(self):
        """Who was invited chooses a password by the mailed link, which works once."""
        browser = self.browser
        self.wanda = self.world.user("wanda", send_welcome_email=True)
        link = mailed_link(self.wanda["email"], "welcome")
        # Whoever looks into mails for viruses follows links too.
        assert asked_plainly(link) == 200
        browser.open(link)
        browser.heading("Welcome")
        assert browser.path == "/link/welcome", browser.path
        browser.check("welcome")
        browser.press("Set the password")
        browser.says("Please choose a password.")
        browser.fill("New password", "short")
        browser.press("Set the password")
        browser.says("at least 12 characters")
        browser.fill("New password", GOOD)
        browser.press("Set the password")
        browser.says("Your password is set.")
        browser.check("done")
        self.wanda["password"] = GOOD
        browser.press("Go on to the sign-in")
        self.type_sign_in(self.wanda)
        browser.heading("Your security")
        browser.open(link)
        browser.fill("New password", OTHER)
        browser.press("Set the password")
        browser.heading("This link is over")
        browser.check("link-over")

    def reset_by_mail(self):
        """Who forgot the password is mailed a link."""
        browser = self.browser
        browser.open("/ui/")
        browser.press("Forgot your password?")
        browser.heading("Forgot your password?")
        browser.check("forgot")
        browser.fill("E-mail or user name", self.wanda["email"])
        browser.press("Sign in to a particular organisation")
        browser.fill("Organisation", self.world.tenant)
        browser.press("Mail me a link")
        browser.heading("Look into your mail")
        browser.check("mailed")
        browser.open(mailed_link(self.wanda["email"], "reset"))
        browser.heading("Choose a new password")
        browser.fill("New password", GOOD)
        browser.press("Set the password")
        browser.says("was used before")
        browser.fill("New password", OTHER)
        browser.press("Set the password")
        browser.says("Your password is set.")
        self.wanda["password"] = OTHER
        self.sign_in(self.wanda)
        browser.heading("Your security")

    def password_and_sessions(self):
        """The password is changed, and sessions are ended."""
        browser = self.browser
        self.world.sign_in(self.wanda)
        browser.reload()
        browser.heading("Your security")
        assert browser.section("Where you are signed in").count("last used") == 2
        browser.press("End", "Where you are signed in")
        browser.says("The session has ended.")
        assert browser.section("Where you are signed in").count("last used") == 1
        browser.press("Change the password")
        browser.heading("Change the password")
        browser.fill("Present password", "not the password")
        browser.fill("New password", GOOD + " again")
        browser.press("Change it")
        browser.says("This is not your present password.")
        browser.check("change-password")
        # No password is sent back into a page.
        assert browser.field("New password").get_property("value") == ""
        browser.fill("Present password", OTHER)
        browser.fill("New password", GOOD + " again")
        browser.press("Change it")
        browser.says("The password is changed.")
        assert browser.section("Where you are signed in").count("last used") == 1
        self.wanda["password"] = GOOD + " again"
        browser.press("Sign out everywhere", "Where you are signed in")
        browser.heading("Sign out everywhere?")
        browser.press("Sign out everywhere")
        browser.heading("Sign in")

    def mailed_links(self):
        """Addresses are confirmed, and a change of one is taken back, by the button and not by the link."""
        browser = self.browser
        self.eva = self.world.user("eva", GOOD, send_welcome_email=True)
        browser.open(mailed_link(self.eva["email"], "verify"))
        browser.heading("Confirm your e-mail address")
        browser.check("verify")
        browser.press("Confirm the address")
        browser.says("The address is confirmed.")
        moved = f"new-{self.wanda['email']}"
        self.world.change(self.wanda, {"email": moved})
        browser.open(mailed_link(moved, "verify"))
        browser.press("Confirm the address")
        browser.says("The address is confirmed.")
        back = mailed_link(self.wanda["email"], "email_change")
        browser.open(back)
        browser.heading("Take the change of your e-mail back?")
        browser.check("revert")
        browser.press("Take the change back")
        browser.says("All sessions have ended.")
        browser.open(back)
        browser.press("Take the change back")
        browser.heading("This link is over")
        browser.open("/link/reset")
        browser.says("The link is not complete any more.")
        # The next link that is followed in this tab changes nothing but the fragment.
        browser.script("location.hash = '#token=rc_link_x.y'")
        browser.field("New password")
        assert browser.path == "/link/reset", browser.path
        browser.open("/link/nonsense")
        browser.heading("This link leads nowhere")
        browser.check("nowhere")

    def enrolment_code(self):
        """Who lost every factor signs in with the mailed code, and can do nothing but set up a new one."""
        browser = self.browser
        enrol(self.world.sign_in(self.eva)["access_token"])
        self.world.call("POST", f"/admin/users/{self.eva['id']}/mfa/disable")
        browser.open(mailed_link(self.eva["email"], "enrol"))
        browser.heading("Set up your second factor")
        browser.check("enrol-link")
        browser.press("Go on to the sign-in")
        self.type_sign_in(self.eva)
        browser.heading("Confirm it is you")
        browser.says("is filled in")
        browser.check("enrolment-code")
        code = browser.field("Enrolment code").get_property("value")
        browser.fill("Enrolment code", "not the code")
        browser.press("Continue")
        browser.says("This code is not right")
        # The whole link may be pasted.
        browser.fill("Enrolment code", f"{BASE}/link/enrol#token={code}")
        browser.press("Continue")
        browser.heading("Your security")
        browser.says("Set up a second factor now.")
        browser.check("enrol-only")
        assert not browser.section("Where you are signed in") and not browser.section("Password")
        browser.reload()
        browser.says("Set up a second factor now.")
        totp = self.set_up_app()
        browser.fill("Code", totp.now())
        browser.press("Confirm")
        self.keep_codes()
        browser.press("I have kept them")
        browser.says("The authenticator app is set up.")
        assert browser.section("Where you are signed in") and browser.section("Password")

    def profile(self):
        """One's own names, telephone and e-mail; another e-mail is confirmed by the link that is mailed there."""
        browser = self.browser
        pia = self.world.user("pia", GOOD)
        self.sign_in(pia)
        browser.heading("Your security")
        browser.press("Profile")
        browser.heading("Your profile")
        browser.check("profile")
        browser.fill("Name that others see", "Pia <b>P</b>")
        browser.fill("Telephone number", "12")
        browser.press("Save")
        browser.says("The telephone number must be")
        assert browser.focused() == "Telephone number", browser.focused()
        browser.check("profile-wrong")
        browser.fill("Telephone number", "+33 1 23 45 67 89")
        browser.fill("Time zone", "Europe/Paris")
        browser.press("Save")
        browser.says("Your profile is saved.")
        assert browser.field("Name that others see").get_property("value") == "Pia <b>P</b>"
        assert browser.field("Telephone number").get_property("value") == "+33123456789"
        moved = f"new-{pia['email']}"
        browser.fill("E-mail address", moved)
        browser.press("Save")
        browser.heading("Sign in")
        browser.says("Your e-mail address is changed.")
        browser.open(mailed_link(moved, "verify"))
        browser.press("Confirm the address")
        browser.says("The address is confirmed.")

    def without_scripts(self):
        """Where no script runs, a password and an authenticator sign in, and a mailed link is pasted."""
        browser = self.browser
        nora = self.world.user("nora", GOOD)
        totp, _ = enrol(self.world.sign_in(nora)["access_token"])
        with browser.scriptless():
            browser.open("/ui/")
            browser.heading("Sign in")
            assert not browser.offers("Show: Password") and not browser.offers("Sign in with a passkey")
            browser.says("Passkeys need JavaScript.")
            browser.check("scriptless")
            self.type_sign_in(nora)
            browser.heading("Confirm it is you")
            browser.fill("Code", next_code(totp))
            browser.press("Continue")
            browser.heading("Your security")
            browser.press("Sign out")
            browser.says("You are signed out.")
            browser.press("Forgot your password?")
            browser.heading("Forgot your password?")
            browser.fill("E-mail or user name", self.eva["email"])
            browser.press("Mail me a link")
            browser.heading("Look into your mail")
            link = mailed_link(self.eva["email"], "reset")
            browser.open(link)
            browser.heading("Choose a new password")
            browser.fill("Code of the link", link)
            browser.fill("New password", OTHER)
            browser.check("scriptless-link")
            browser.press("Set the password")
            browser.says("Your password is set.")

    def address_of_numbers(self):
        """Where the page is reached by an IP address it says that there are no passkeys, and why."""
        browser = self.browser
        browser.open(f"{ADDRESS}/ui/")
        browser.heading("Sign in")
        browser.says("Passkeys do not work where the server is reached by an IP address. Open http://localhost:")
        assert not browser.offers("Sign in with a passkey")
        browser.check("by-number")

    def by_keyboard(self):
        """Everything is reached and done by the keyboard alone."""
        browser = self.browser
        dora = self.world.user("dora", GOOD)
        browser.open(f"/ui/?tenant={self.world.tenant}")
        browser.heading("Sign in")
        assert browser.focused() == "E-mail or user name", browser.focused()
        browser.key(dora["email"], Keys.TAB, GOOD, Keys.ENTER)
        browser.heading("Your security")
        while browser.focused() != "Change the password":
            browser.key(Keys.TAB)
        browser.key(Keys.ENTER)
        browser.heading("Change the password")
        assert browser.focused() == "Present password", browser.focused()
        while browser.focused() != "Cancel":
            browser.key(Keys.TAB)
        browser.key(Keys.ENTER)
        browser.heading("Your security")
        self.dora = dora

    def ended(self):
        """A session that was ended elsewhere says so, and pages that are not there too."""
        browser = self.browser
        asked("POST", "/auth/logout-all", None, self.world.sign_in(self.dora)["access_token"])
        browser.press("Profile")
        browser.heading("Sign in")
        browser.says("Your session has ended. Please sign in again.")
        # Where one wanted to go, one is led after signing in; the organisation is remembered.
        self.type_sign_in(self.dora, tenant=False)
        browser.heading("Your profile")
        browser.open("/ui/nothing")
        browser.heading("There is nothing here")
        browser.check("nothing")

    def run(self):
        steps = [
            ("first sign-in", self.first_sign_in),
            ("authenticator", self.authenticator),
            ("passkey", self.passkey),
            ("conditional", self.conditional),
            ("recovery code", self.recovery_code),
            ("step-up", self.step_up),
            ("remembered device", self.remembered_device),
            ("sent codes", self.sent_codes),
            ("last factor", self.last_factor),
            ("welcome", self.welcome),
            ("reset by mail", self.reset_by_mail),
            ("password and sessions", self.password_and_sessions),
            ("mailed links", self.mailed_links),
            ("enrolment code", self.enrolment_code),
            ("signed in by sent codes", self.signed_in_by_sent_codes),
            ("profile", self.profile),
            ("without scripts", self.without_scripts),
            ("address of numbers", self.address_of_numbers),
            ("by keyboard", self.by_keyboard),
            ("ended", self.ended),
        ]
        good = True
        for name, step in steps:
            try:
                step()
                complaints = self.browser.complaints()
                assert not complaints, f"the browser complains: {complaints}"
                print(f"PASS {name}", flush=True)
            except Exception as error:
                good = False
                traceback.print_exc()
                self.browser.picture(f"failed-{name}".replace(" ", "-"))
                print(f"FAIL {name}: {' '.join(str(error).split())[:900]}", flush=True)
        return good


def asked_plainly(link):
    """The status for whoever follows a link without a browser."""
    return requests.get(link, timeout=30).status_code


def main():
    world = World()
    browser = Browser()
    try:
        return 0 if Steps(browser, world).run() else 1
    finally:
        browser.quit()


if __name__ == "__main__":
    sys.exit(main())
