// Forms that a passkey goes along with: the browser is asked for it, what it gives is written into the form, and the form is
// sent as any other.

import { canAutofill, create, get, whyNot } from "./webauthn.js";

// The part of a ceremony's time after which a waiting browser is given a new one.
const RENEW = 0.8;

// What waits for somebody to choose a passkey in the field for the user name; one at a time.
let waiting = null;

/** Brings the forms of the page to life. */
export function passkeys() {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const why = whyNot();
    if (why) {
      say(form, why);
      form.querySelector("[data-says]").className = "hint";
      continue;
    }
    form.querySelector("[data-go]").hidden = false;
    form.addEventListener("submit", (event) => {
      // Other buttons of the form choose another way.
      if (event.submitter?.hasAttribute("formaction")) return;
      event.preventDefault();
      press(form);
    });
    if (form.dataset.passkey === "find") offer(form).catch((error) => console.error(error));
  }
}

function say(form, text) {
  form.querySelector("[data-says]").textContent = text;
}

async function press(form) {
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  say(form, "");
  waiting?.abort();
  try {
    send(form, await ASK[form.dataset.passkey](form));
  } catch (error) {
    say(form, error.words ?? "The passkey could not be used. Please load the page again, and try once more.");
    delete form.dataset.busy;
    if (form.dataset.passkey === "find") offer(form).catch((fault) => console.error(fault));
  }
}

function send(form, credential) {
  form.elements.credential.value = JSON.stringify(credential);
  form.submit();
}

const ASK = {
  get: (form) => get(JSON.parse(form.dataset.options)),
  create: (form) => create(JSON.parse(form.dataset.options)),
  find: async (form) => get(await options(form, meant())),
};

/** Whose passkey is meant, if somebody is named: not every authenticator finds its passkeys by itself. */
function meant() {
  const value = (name) => document.querySelector(`form:not([data-passkey]) [name=${name}]`)?.value.trim() ?? "";
  const identifier = value("identifier");
  return identifier ? { identifier, tenant: value("tenant") } : {};
}

/** The options of the server, whose token is kept in the form. */
async function options(form, named) {
  const body = new URLSearchParams({ form_token: form.elements.form_token.value, ...named });
  const answer = await fetch(form.dataset.options, { method: "POST", body, cache: "no-store", redirect: "error" });
  const read = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error("refused"), { words: read.detail });
  form.elements.passkey_token.value = read.passkey_token;
  return read.options;
}

/** Offers passkeys in the field for the user name, as long as the page is there. */
async function offer(form) {
  if (!(await canAutofill())) return;
  const control = new AbortController();
  waiting = control;
  while (!control.signal.aborted) {
    const renew = new AbortController();
    let timer;
    try {
      const asked = await options(form, {});
      timer = setTimeout(() => renew.abort(), asked.publicKey.timeout * RENEW);
      const signal = AbortSignal.any([control.signal, renew.signal]);
      const credential = await get(asked, { mediation: "conditional", signal });
      send(form, credential);
      return;
    } catch (error) {
      if (error.name !== "AbortError") return;
    } finally {
      clearTimeout(timer);
    }
  }
}
