"""Chromium, as far as the steps need it: looking for things as people do, by their words, and checks of every view."""

import contextlib
import os
import pathlib
import re
import tempfile
import time

from selenium import webdriver
from selenium.common.exceptions import JavascriptException, StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.keys import Keys

BASE = os.environ["BASE_URL"]
PICTURES = os.environ.get("PICTURES")
# Seconds for which something is waited for.
PATIENCE = 15
PHONE = 390
DESK = 1100
TOP = "const top = document.body;"
SEEN = "const seen = (one) => one.checkVisibility();"
NAME = "const nameOf = (one) => (one.getAttribute('aria-label') ?? one.textContent).trim();"
# A name may say after a colon what the thing is about.
NAMED = NAME + "const named = (one, name) => nameOf(one) === name || nameOf(one).startsWith(`${name}: `);"

# What must hold of every view, as far as a script can tell (WCAG 2.2: 1.1.1, 1.3.1, 1.4.3, 1.4.10, 2.4.2, 3.1.1, 4.1.2).
CHECKS = r"""
const faults = [];
const all = (selector) => [...document.querySelectorAll(selector)];
const shown = (one) => one.checkVisibility();
if (document.documentElement.lang !== 'en') faults.push('no language');
if (all('h1').length !== 1) faults.push(`${all('h1').length} h1`);
if (!document.title.includes(all('h1')[0]?.textContent)) faults.push(`the title is ${document.title}`);
if (all('main').length !== 1) faults.push('not one main');
const ids = all('[id]').map((one) => one.id);
for (const id of ids.filter((id, place) => ids.indexOf(id) !== place)) faults.push(`the id ${id} twice`);
for (const one of all('input, select, textarea')) {
  if (shown(one) && one.labels.length === 0 && !one.ariaLabel) faults.push(`no label: ${one.outerHTML}`);
  if (shown(one) && one.type !== 'checkbox' && one.tagName === 'INPUT' && !one.autocomplete) faults.push(`no autocomplete: ${one.outerHTML}`);
  for (const id of (one.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean)) {
    if (!document.getElementById(id)) faults.push(`described by nothing: ${id}`);
  }
}
for (const one of all('img')) if (one.getAttribute('alt') === null) faults.push('an image without alt');
for (const one of all('button, a')) if (!(one.ariaLabel ?? one.textContent).trim()) faults.push(`no name: ${one.outerHTML}`);
for (const one of all('[style]')) faults.push(`a style of its own: ${one.outerHTML}`);
// A size to hit (2.5.8).
for (const one of all('button, a.button, input, select')) {
  const { height } = one.getBoundingClientRect();
  if (shown(one) && height < 24) faults.push(`${height} px high: ${one.outerHTML}`);
}
const channel = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const colour = (text) => text.match(/[\d.]+/g).map(Number);
const behind = (one) => {
  for (let at = one; at; at = at.parentElement) {
    const found = colour(getComputedStyle(at).backgroundColor);
    if (found.length < 4 || found[3] > 0) return found;
  }
  return [255, 255, 255];
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = texts.nextNode(); node; node = texts.nextNode()) {
  const one = node.parentElement;
  if (!node.textContent.trim() || !shown(one) || one.closest('[aria-disabled=true], .skip, noscript')) continue;
  if (/\b(null|undefined|NaN)\b|\[object/.test(node.textContent)) faults.push(`it says ${node.textContent}`);
  const [front, back] = [light(colour(getComputedStyle(one).color)), light(behind(one))];
  const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
  if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ${node.textContent.trim()}`);
}
const { scrollWidth, clientWidth } = document.documentElement;
if (scrollWidth > clientWidth) faults.push(`${scrollWidth} px wide in ${clientWidth}`);
// Whatever went wrong has the focus, or the field that is to blame.
const alert = all('main > .alert[role=alert]').find(shown);
if (alert && !document.activeElement.matches('.alert, input')) faults.push('the alert has no focus');
return faults;
"""


class Browser:
    """A browser with an authenticator that holds passkeys and verifies its user."""

    def __init__(self):
        options = webdriver.ChromeOptions()
        arguments = ["--headless=new", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", f"--window-size={DESK},900"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        for argument in arguments:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.downloads = pathlib.Path(tempfile.mkdtemp())
        options.add_experimental_option("prefs", {"download.default_directory": str(self.downloads)})
        service = webdriver.ChromeService(executable_path=find("chromedriver"))
        options.binary_location = find("chromium")
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_page_load_timeout(30)
        self.pictures = 0
        self.views = 0
        self.plug_in()

    def quit(self):
        self.driver.quit()

    # -- the authenticator

    def plug_in(self):
        """An authenticator in the device, which waits until somebody touches it."""
        self.driver.execute_cdp_cmd("WebAuthn.enable", {"enableUI": False})
        options = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": False}
        options |= {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
        made = self.driver.execute_cdp_cmd("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.authenticator = made["authenticatorId"]

    @contextlib.contextmanager
    def touched(self):
        """Somebody touches the authenticator, as often as it asks."""
        for enabled in (True, False):
            touch = {"authenticatorId": self.authenticator, "enabled": enabled}
            self.driver.execute_cdp_cmd("WebAuthn.setAutomaticPresenceSimulation", touch)
            if enabled:
                yield

    def passkeys(self):
        """How many passkeys the authenticator holds."""
        found = self.driver.execute_cdp_cmd("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        return len(found["credentials"])

    @contextlib.contextmanager
    def scriptless(self):
        """No script of a page runs."""
        for disabled in (True, False):
            self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": disabled})
            if disabled:
                yield

    # -- going somewhere

    def open(self, path):
        """Opens an address anew, in a browser that knows nobody."""
        self.driver.get(BASE + "/ui/files/icon.svg")
        self.driver.delete_all_cookies()
        self.driver.get(path if "://" in path else BASE + path)

    def reload(self):
        self.driver.refresh()

    @property
    def path(self):
        return self.script("return location.pathname + location.search + location.hash")

    # -- looking and doing

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def until(self, what, look):
        """Waits until a look gives something; says what was waited for."""
        deadline = time.time() + PATIENCE
        while True:
            try:
                found = look()
            except (StaleElementReferenceException, JavascriptException):
                found = None
            if found:
                return found
            if time.time() > deadline:
                raise AssertionError(f"{what} did not come; there is: {self.text()[:600]!r}")
            time.sleep(0.03)

    def text(self):
        """All that is to be read."""
        return self.script(TOP + "return top.innerText")

    def heading(self, text):
        """Waits for a page with that heading, and checks it."""
        self.until(f"the page {text!r}", lambda: self.script("return document.querySelector('h1')?.textContent") == text)

    def says(self, text):
        self.until(f"the text {text!r}", lambda: text in self.text())

    def field(self, label):
        """The input with that label."""
        look = TOP + SEEN + """
            return [...top.querySelectorAll('label')].filter(seen).find((one) => one.textContent === arguments[0])?.control"""
        return self.until(f"the field {label!r}", lambda: self.script(look, label))

    def fill(self, label, value):
        def fill():
            field = self.field(label)
            field.send_keys(Keys.CONTROL, "a")
            field.send_keys(value)
            return True

        # A view may be drawn anew between looking and typing.
        self.until(f"the field {label!r} for {value!r}", fill)

    def press(self, name, within=""):
        """Presses the button, link or summary with that name; `within` is the heading of its section."""
        look = TOP + SEEN + NAMED + """
            const room = arguments[1] ? [...top.querySelectorAll('section')].find((one) => one.querySelector('h2').textContent === arguments[1]) : top;
            return [...room.querySelectorAll('button, a, summary')].filter(seen).find((one) => named(one, arguments[0]))"""

        def press():
            element = self.script(look, name, within)
            if element:
                self.script("arguments[0].scrollIntoView({ block: 'center' })", element)
                element.click()
            return element

        self.until(f"the button {name!r}", press)

    def offers(self, name):
        look = TOP + SEEN + NAMED + "return [...top.querySelectorAll('button, a')].filter(seen).some((one) => named(one, arguments[0]))"
        return self.script(look, name)

    def section(self, heading):
        """What is to be read in a section of the security page."""
        look = "return [...document.querySelectorAll('section')].find((one) => one.querySelector('h2').textContent === arguments[0])?.innerText ?? ''"
        return self.script(look, heading)

    def key(self, *keys):
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self):
        """What has the focus, by its words."""
        return self.script(NAME + "const one = document.activeElement; return one.labels?.[0]?.textContent ?? nameOf(one)")

    # -- what must hold of every view

    def check(self, name):
        """Checks the view on a desk and on a telephone, in light and in dark, and takes pictures when all are wanted."""
        self.views += 1
        faults = []
        for width, scheme in [(DESK, "light"), (PHONE, "dark"), (PHONE, "light"), (DESK, "dark")]:
            self.look(width, scheme)
            faults += [f"{fault} ({width} px, {scheme})" for fault in self.script(CHECKS)]
            if os.environ.get("ALL_PICTURES"):
                self.picture(f"{name}-{width}-{scheme}")
        self.look(DESK, "light")
        assert not faults, f"{name}: {'; '.join(faults)}"

    def look(self, width, scheme):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def picture(self, name):
        if not PICTURES:
            return
        folder = pathlib.Path(PICTURES)
        folder.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(folder / f"{self.views:02}-{name}.png"))

    def complaints(self):
        """What the browser complains of, but for answers that a page puts into words, and for what no page of ours asks for."""
        harmless = re.compile(r"/((ui|link)/\S+|favicon.ico) .*the server responded with a status of (404|409|422|429)")
        entries = self.driver.get_log("browser")
        grave = [entry for entry in entries if entry["level"] in ("WARNING", "SEVERE")]
        return [entry["message"] for entry in grave if not harmless.search(entry["message"].replace(" - ", " "))]


def find(program):
    """A program of the machine."""
    for folder in os.environ["PATH"].split(os.pathsep):
        path = pathlib.Path(folder) / program
        if path.is_file():
            return str(path)
    raise WebDriverException(f"{program} is not installed")
