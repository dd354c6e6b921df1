// The second step of a sign-in, and proving anew who one is: one view for each method, and the way to the others.

import { ask } from "./api.js";
import { button, field, form, h, inWords } from "./dom.js";
import { get } from "./webauthn.js";
import { METHODS, device } from "./words.js";

// What the server allows for one step.
const TRIES = 5;
const TIME = 5 * 60 * 1000;

const WRONG = "This code is not right, or was used already. Please type the next one.";

// What a remembered device can stand in for.
const REMEMBERED = ["passkey", "totp", "sms", "email"];

/**
 * The step that is due. `done` is given what the server answers when it is proven, `over` is called when it must be begun
 * again, `known` holds codes that need no typing, by method; `remember` says whether the device may be remembered.
 */
export function secondStep({ due, done, over, known = {}, remember = false }) {
  const place = h("div", {});
  const box = h("input", { type: "checkbox", id: "remember-device", autocomplete: "off" });
  const kept = h("div", { class: "check" }, box, h("label", { for: "remember-device" }, "Do not ask again on this device"));
  const step = { due, done, over, known, box, tries: 0, until: Date.now() + TIME, sent: {} };
  const show = (method) => {
    const others = due.methods.filter((other) => other !== method);
    const check = remember && REMEMBERED.includes(method) ? [kept] : [];
    place.replaceChildren(VIEWS[method](step, method), ...check, ...choice(others, show));
    place.querySelector("input, button")?.focus();
  };
  show(due.methods.find((method) => known[method]) ?? due.methods.find((method) => VIEWS[method]));
  return place;
}

function choice(others, show) {
  const offered = others.filter((method) => VIEWS[method]);
  if (offered.length === 0) return [];
  const items = offered.map((method) => h("li", {}, button(METHODS[method], () => show(method), { class: "link" })));
  return [h("div", { class: "others" }, h("p", {}, "Another way:"), h("ul", {}, items))];
}

async function verify(step, method, answer) {
  let came;
  try {
    const remembered = step.box.isConnected && step.box.checked;
    const name = remembered ? { remember_device: true, device_name: device(navigator.userAgent) } : {};
    came = await ask("/auth/mfa/verify", { mfa_token: step.due.mfa_token, method, ...answer, ...name });
  } catch (refusal) {
    if (refusal.status === 401) {
      step.tries += 1;
      if (step.tries >= TRIES || Date.now() > step.until) {
        step.over("This took too many tries or too long. Please begin again.");
        return;
      }
    }
    throw refusal;
  }
  await step.done(came);
}

function codeField(attributes = {}) {
  return field({
    label: "Code",
    name: "code",
    autocomplete: "one-time-code",
    inputmode: "numeric",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: "16",
    class: "code",
    "data-again": true,
    empty: "Please type the code.",
    ...attributes,
  });
}

/** The form that takes a code. */
export function codeForm({ action, submit, meanings = { 401: WRONG }, others = [], ...attributes }) {
  return form({ fields: [codeField(attributes)], action, submit, meanings, others });
}

function codeView(step, method, text, attributes = {}) {
  const submit = ({ code }) => verify(step, method, { code: code.trim() });
  return h("div", {}, h("p", {}, text), codeForm({ action: "Continue", submit, ...attributes }).element);
}

function totp(step, method) {
  return codeView(step, method, "Type the six digits that your authenticator app shows now.");
}

function recovery(step, method) {
  const text = "Type one of the recovery codes that you kept. Each works once.";
  return codeView(step, method, text, { label: "Recovery code", inputmode: "text", autocomplete: "off" });
}

function enrolment(step, method) {
  const known = step.known[method];
  const text = known
    ? "The code of the link that was mailed to you is filled in. After this you set up a second factor."
    : "Type the enrolment code that was mailed to you or that your administrator gave you. After this you set up a second factor.";
  const submit = ({ code }) => verify(step, method, { code: tokenOf(code) });
  const attributes = { label: "Enrolment code", inputmode: "text", autocomplete: "off", maxlength: "2048", class: "" };
  const made = codeForm({ action: "Continue", submit, ...attributes, ...(known ? { value: known } : {}) });
  return h("div", {}, h("p", {}, text), made.element);
}

/** The code in what was typed or pasted, which may be the whole link. */
export function tokenOf(text) {
  const found = /[#?&]token=([^&\s]+)/.exec(text);
  return (found ? found[1] : text).trim();
}

function password(step, method) {
  const typed = field({
    label: "Password",
    name: "password",
    type: "password",
    autocomplete: "current-password",
    "data-again": true,
    empty: "Please type your password.",
  });
  const submit = (values) => verify(step, method, { password: values.password });
  const meanings = { 401: "This is not your password. Please try again." };
  return form({ fields: [typed], action: "Continue", submit, meanings }).element;
}

function passkey(step, method) {
  const submit = async () => {
    const { options } = await ask("/auth/mfa/challenge", { mfa_token: step.due.mfa_token, method });
    await verify(step, method, { credential: await get(options) });
  };
  const meanings = { 401: "This passkey was not accepted. Please try again, or use another way." };
  const text = "Your device asks for your fingerprint, your face or its PIN.";
  return h("div", {}, h("p", {}, text), form({ fields: [], action: "Use a passkey", submit, meanings }).element);
}

function sent(step, method) {
  const where = h("p", { role: "status" }, "A code is being sent\u2026");
  const again = button("Send another code", () => send(), { class: "quiet" });
  const submit = ({ code }) => verify(step, method, { code: code.trim() });
  const made = codeForm({ action: "Continue", submit, others: [again] });
  const send = async () => {
    try {
      const { sent_to: to } = await ask("/auth/mfa/challenge", { mfa_token: step.due.mfa_token, method });
      step.sent[method] = to;
      where.textContent = `A code was sent to ${to}. It works once, and for a few minutes.`;
      made.say("");
    } catch (refusal) {
      if (refusal.status === 401) step.over("This took too long. Please begin again.");
      else if (refusal.status === 429) made.say(`Please wait ${refusal.retryAfter || 30} seconds before you ask for another code.`);
      else throw inWords("The code could not be sent. Please use another way, or try again.");
    }
  };
  if (step.sent[method]) where.textContent = `A code was sent to ${step.sent[method]}.`;
  else send().catch((error) => made.say(error.words));
  return h("div", {}, where, made.element);
}

const VIEWS = {
  passkey,
  totp,
  sms: sent,
  email: sent,
  recovery_code: recovery,
  enrolment_code: enrolment,
  password,
};
