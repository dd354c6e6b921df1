// Signing in: by password, by passkey alone, and whatever the server asks for before it gives tokens.

import { ask, keep } from "./api.js";
import { deviceOf, keepDevice } from "./devices.js";
import { button, field, form, h, notice } from "./dom.js";
import { passwordForm } from "./password.js";
import { secondStep } from "./second-step.js";
import { canAutofill, get, whyNot } from "./webauthn.js";
import { sentence } from "./words.js";

// The organisation is no secret, and typed once.
const ORGANISATION = "rollcall.organisation";
// The server keeps a ceremony for five minutes; a waiting browser is given a new one before that.
const RENEW = 4 * 60 * 1000;

const WRONG = "This user name and password do not sign in. Check both, and the organisation, and try again.";
const NO_PASSKEY = "This passkey does not sign in here. It may have been removed from your account.";

// What waits for somebody to choose a passkey in the field for the user name; one at a time.
let waiting = null;

/** No passkey is waited for any more. */
export function stopWaiting() {
  waiting?.abort();
  waiting = null;
}

/** The view. `done` is called when somebody signed in; `code` is an enrolment code that is at hand already. */
export function signIn({ show, done, note = "", code = "" }) {
  const view = { done, code, account: "", who: "", show };
  const begin = (words) => show("Sign in", first(view, words));
  view.over = (words) => begin(words);
  begin(note);
}

function first(view, note) {
  const who = field({
    label: "E-mail or user name",
    name: "identifier",
    autocomplete: "username webauthn",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: "254",
    value: view.account || false,
    empty: "Please type your e-mail address or user name.",
  });
  const secret = field({
    label: "Password",
    name: "password",
    type: "password",
    autocomplete: "current-password",
    maxlength: "128",
    "data-again": true,
    empty: "Please type your password.",
  });
  const where = organisation();
  const submit = async (values) => {
    const tenant = remembered(values.tenant);
    view.account = values.identifier.trim();
    view.who = `${tenant.tenant ?? ""}/${view.account.toLowerCase()}`;
    const shown = { ...tenant, ...named(view.account), ...deviceOf(view.who), password: values.password };
    await go(view, await ask("/auth/login", shown));
  };
  const made = form({ fields: [who, secret, where], action: "Sign in", submit, meanings: { 401: WRONG } });
  secret.element.append(h("p", { class: "aside" }, h("a", { href: "/ui/forgot" }, "Forgot your password?")));
  const parts = [note ? notice(note) : null, made.element, byPasskey(view, made, () => whose(who, where))];
  stopWaiting();
  offer(view, made).catch((error) => console.error(error));
  return parts;
}

/** Most people need not say to which organisation they belong. */
function organisation() {
  const asked = new URLSearchParams(window.location.search).get("tenant");
  const value = asked ?? localStorage.getItem(ORGANISATION) ?? "";
  const made = field({
    label: "Organisation",
    name: "tenant",
    autocomplete: "organization",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: "63",
    value,
    hint: "Its short name, if your administrator told you one.",
    "data-optional": true,
  });
  const summary = h("summary", {}, "Sign in to a particular organisation");
  return { ...made, element: h("details", { class: "more", open: value !== "" }, summary, made.element) };
}

function remembered(typed) {
  const tenant = typed.trim();
  if (tenant) localStorage.setItem(ORGANISATION, tenant);
  else localStorage.removeItem(ORGANISATION);
  return tenant ? { tenant } : {};
}

/** How an identifier is sent. */
export function named(identifier) {
  return identifier.includes("@") ? { email: identifier } : { username: identifier };
}

/** Whose passkey is meant, if somebody is named: not every authenticator finds its passkeys by itself. */
function whose(who, where) {
  const name = who.input.value.trim();
  return name ? { ...remembered(where.input.value), ...named(name) } : {};
}

function byPasskey(view, made, meant) {
  const why = whyNot();
  if (why) return h("p", { class: "hint apart" }, why);
  const press = async () => {
    stopWaiting();
    try {
      const { passkey_token: token, options } = await ask("/auth/passkeys/start", meant());
      await finish(view, token, await get(options));
    } catch (refusal) {
      made.say(refusal.words ?? sentence(refusal, { 401: NO_PASSKEY }));
      offer(view, made).catch((error) => console.error(error));
    }
  };
  return h("div", { class: "apart" }, h("p", { class: "or" }, "or"), button("Sign in with a passkey", press, { class: "wide" }));
}

async function finish(view, token, credential) {
  await go(view, await ask("/auth/passkeys/finish", { passkey_token: token, credential }));
}

/** Offers passkeys in the field for the user name, as long as the view is there. */
async function offer(view, made) {
  if (whyNot() || !(await canAutofill())) return;
  const control = new AbortController();
  waiting = control;
  while (!control.signal.aborted) {
    const renew = new AbortController();
    const timer = setTimeout(() => renew.abort(), RENEW);
    const signal = either(control.signal, renew.signal);
    try {
      const { passkey_token: token, options } = await ask("/auth/passkeys/start", {});
      const credential = await get(options, { mediation: "conditional", signal });
      await finish(view, token, credential);
      return;
    } catch (refusal) {
      if (refusal.name === "AbortError") continue;
      // Whoever chose one hears what became of it; a server without passkeys is said elsewhere.
      if (refusal.status === 401) made.say(NO_PASSKEY);
      return;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A signal that is raised when one of two is. */
function either(one, other) {
  const both = new AbortController();
  for (const signal of [one, other]) {
    if (signal.aborted) both.abort();
    signal.addEventListener("abort", () => both.abort());
  }
  return both.signal;
}

/** Goes on with what the server answered. */
async function go(view, came) {
  stopWaiting();
  if (came.mfa_required) {
    const { over, code } = view;
    // A device that is asked all the same is not remembered any more.
    keepDevice(view.who, null);
    const known = code ? { enrolment_code: code } : {};
    const step = secondStep({ due: came, done: (next) => go(view, next), over, known, remember: true });
    view.show("Confirm it is you", [step, h("p", { class: "apart" }, again(view))]);
  } else if (came.password_change_required) {
    view.show("Choose a new password", change(view, came.change_token));
  } else {
    keep(came);
    if (came.device_token) keepDevice(view.who, came.device_token);
    await view.done();
  }
}

function again(view) {
  return button("Sign in as somebody else", () => {
    view.account = "";
    view.over("");
  }, { class: "link" });
}

function change(view, token) {
  const submit = async (values) => {
    await go(view, await ask("/auth/password/change", { change_token: token, new_password: values.new_password }));
  };
  const meanings = { 401: "This took too long. Load the page again, and sign in once more." };
  const text = "Your password must be changed before you go on.";
  return [h("p", {}, text), passwordForm({ action: "Save and go on", submit, meanings, account: view.account })];
}

/** The view that asks for a link to set a new password. */
export function forgot({ show }) {
  const who = field({
    label: "E-mail or user name",
    name: "identifier",
    autocomplete: "username",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: "254",
    empty: "Please type your e-mail address or user name.",
  });
  const where = organisation();
  const submit = async (values) => {
    await ask("/auth/password/forgot", { ...remembered(values.tenant), ...named(values.identifier.trim()) });
    const text = "If there is such an account, a mail is on its way. Follow the link in it within an hour.";
    const more = "Nothing came? Look among unwanted mail. If you sign in through your company, your password is kept there.";
    show("Look into your mail", [notice(text), h("p", {}, more), h("p", {}, h("a", { href: "/ui/" }, "Back to the sign-in"))]);
  };
  const made = form({ fields: [who, where], action: "Mail me a link", submit });
  const text = "Tell us who you are, and we mail you a link to choose a new password.";
  show("Forgot your password?", [h("p", {}, text), made.element, h("p", { class: "apart" }, h("a", { href: "/ui/" }, "Back to the sign-in"))]);
}
