// One's own security page: what there is to prove who one is with, the password, and where one is signed in.

import { keep, keepNoAccess, own } from "./api.js";
import { button, dialog, h } from "./dom.js";
import { deviceSection } from "./devices.js";
import { addressSection, preferredSection, totpSection } from "./factors.js";
import { passkeySection } from "./passkeys.js";
import { passwordForm } from "./password.js";
import { recoverySection } from "./recovery.js";
import { resetSection } from "./resets.js";
import { section } from "./section.js";
import { sessionSection } from "./sessions.js";
import { sentence, time } from "./words.js";

// How long good news is shown.
const SHOWN = 10_000;

/** The view. `changed` is called when what the session may do has changed. */
export async function security({ show, changed }) {
  const page = { state: await load(), body: h("div", { class: "sections" }), toast: h("p", { class: "toast", role: "status" }) };
  page.reload = async (note, section) => {
    page.state = await load();
    draw(page);
    page.say(note);
    setTimeout(() => page.toast.textContent === note && page.say(""), SHOWN);
    changed();
    document.getElementById(section)?.focus();
  };
  page.say = (text) => {
    page.toast.textContent = text ?? "";
  };
  page.button = (text, act, attributes) => button(text, () => guarded(page, act), attributes);
  draw(page);
  show("Your security", [page.body, page.toast], { wide: true });
}

/** Whoever is to set up a factor first may ask for nothing else. */
async function load() {
  const { data: mfa } = await own("GET", "/me/mfa");
  try {
    const paths = ["/me", "/me/passkeys", "/auth/sessions", "/me/devices", "/me/mfa/resets"];
    const [me, passkeys, sessions, devices, resets] = await Promise.all(paths.map((path) => own("GET", path)));
    keepNoAccess();
    return {
      mfa,
      me: me.data,
      passkeys: passkeys.data,
      sessions: sessions.data,
      devices: devices.data,
      resets: resets.data,
      enrolling: false,
    };
  } catch (refusal) {
    if (refusal.code !== "enrolment_required") throw refusal;
    return { mfa, me: null, passkeys: [], sessions: [], devices: [], resets: [], enrolling: true };
  }
}

/** What goes wrong where no form is open is said at the foot of the page. */
async function guarded(page, act) {
  page.say("");
  try {
    await act();
  } catch (refusal) {
    if (refusal.status === undefined && !refusal.words) console.error(refusal);
    page.say(refusal.isStepUp ? "Nothing was changed." : (refusal.words ?? sentence(refusal)));
  }
}

function draw(page) {
  const { state } = page;
  const factors = [resetSection(page), passkeySection(page), totpSection(page), addressSection(page, "sms"), addressSection(page, "email")];
  const rest = [recoverySection(page), preferredSection(page), passwordSection(page), sessionSection(page), deviceSection(page)];
  page.body.replaceChildren(...[introduction(state), ...factors, ...(state.enrolling ? [] : rest)].filter(Boolean));
}

function introduction({ mfa, me, enrolling }) {
  const who = me ? `Signed in as ${me.email ?? me.username}, organisation ${me.tenant}.` : "";
  return h("div", { class: "introduction" }, who && h("p", {}, who), h("p", { class: enrolling ? "due" : "" }, asked(mfa, enrolling)));
}

function asked({ enabled, requirement, enrol_by: by }, enrolling) {
  if (enrolling) return "Set up a second factor now. Everything else opens after that.";
  const what = requirement === "phishing_resistant" ? "a passkey" : "a second factor";
  if (by) return `Your organisation asks for ${what}. Please set it up before ${time(by)}.`;
  if (enabled) return "Your account is protected by more than a password.";
  return "Your account is protected by a password alone. A passkey or an authenticator app makes it much safer.";
}

function passwordSection(page) {
  const actions = [page.button("Change the password", () => change(page))];
  const text = "With a new password, every other session ends.";
  return section({ id: "password", title: "Password", text, actions });
}

async function change(page) {
  const meanings = { 401: "This is not your present password. Please type it again." };
  const changed = await dialog("Change the password", (close) => {
    const submit = async (values) => {
      keep(await own("POST", "/auth/password/change", values));
      close(true);
    };
    const others = [button("Cancel", () => close(false))];
    const account = page.state.me?.email ?? page.state.me?.username;
    return passwordForm({ action: "Change it", submit, present: true, account, meanings, others });
  });
  if (changed) await page.reload("The password is changed.", "password");
}
