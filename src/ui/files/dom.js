// Building pages: elements, forms and dialogs. Texts become text nodes, never markup.

import { fault as faultText, sentence } from "./words.js";

/** An element. `on` holds listeners; `true` and `false` set and leave out an attribute. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value !== false && value !== undefined && value !== null) {
      element.setAttribute(key, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let count = 0;

/** An id that nothing else on the page has. */
function fresh(name) {
  count += 1;
  return `${name}-${count}`;
}

/** A button that is no submit button; `pressed` may be asynchronous, and nobody presses twice. */
export function button(text, pressed, attributes = {}) {
  const element = h("button", { type: "button", ...attributes }, text);
  element.addEventListener("click", async (event) => {
    if (element.getAttribute("aria-disabled") === "true") return;
    element.setAttribute("aria-disabled", "true");
    try {
      await pressed(event);
    } finally {
      element.removeAttribute("aria-disabled");
    }
  });
  return element;
}

/** A labelled input with its hint and its fault. Passwords can be shown. */
export function field({ label, name, hint, empty, ...attributes }) {
  const id = fresh(name);
  const input = h("input", { id, name, type: "text", ...attributes });
  const note = hint ? h("p", { class: "hint", id: `${id}-hint` }, hint) : null;
  const wrong = h("p", { class: "fault", id: `${id}-fault` });
  const describe = (faulty) => {
    const by = [note && note.id, faulty && wrong.id].filter(Boolean).join(" ");
    if (by) input.setAttribute("aria-describedby", by);
    else input.removeAttribute("aria-describedby");
  };
  describe(false);
  const box = attributes.type === "password" ? h("div", { class: "with-button" }, input, reveal(input, label)) : input;
  const element = h("div", { class: "field" }, h("label", { for: id }, label), note, box, wrong);
  const say = (text) => {
    wrong.textContent = text;
    input.toggleAttribute("aria-invalid", Boolean(text));
    if (text) input.setAttribute("aria-invalid", "true");
    describe(Boolean(text));
  };
  return { element, input, name, say, empty: empty ?? "Please fill this in." };
}

function reveal(input, label) {
  const element = h("button", { type: "button", class: "quiet", "aria-pressed": "false", "aria-label": `Show: ${label}` }, "Show");
  element.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    element.textContent = shown ? "Hide" : "Show";
    element.setAttribute("aria-pressed", String(shown));
  });
  return element;
}

/**
 * A form. `submit` is given the values by name; what it throws is said in words, at the field it is about or above the form.
 * Fields that are `optional` may be empty.
 */
export function form({ fields, action, submit, meanings = {}, others = [], danger = false }) {
  const alert = h("p", { class: "alert", role: "alert" });
  const go = h("button", { type: "submit", class: danger ? "danger" : "primary" }, action);
  const actions = h("div", { class: "actions" }, go, others);
  const element = h("form", { novalidate: true }, alert, fields.map((one) => one.element), actions);
  let busy = false;
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    if (!complete(fields, alert)) return;
    busy = true;
    go.setAttribute("aria-disabled", "true");
    try {
      await submit(Object.fromEntries(fields.map((one) => [one.name, one.input.value])));
    } catch (refusal) {
      blame(refusal, { fields, alert, meanings, go });
    } finally {
      busy = false;
      go.removeAttribute("aria-disabled");
    }
  });
  const say = (text) => {
    alert.textContent = text;
  };
  return { element, say, alert };
}

function complete(fields, alert) {
  alert.textContent = "";
  const lacking = fields.filter((one) => one.input.value === "" && !one.input.hasAttribute("data-optional"));
  for (const one of fields) one.say(lacking.includes(one) ? one.empty : "");
  lacking[0]?.input.focus();
  return lacking.length === 0;
}

function blame(refusal, { fields, alert, meanings, go }) {
  const named = (one, fault) => Array.isArray(fault.loc) && fault.loc.at(-1) === one.name;
  const faults = refusal.faults ?? [];
  const blamed = meanings[refusal.status] ? [] : fields.filter((one) => faults.some((fault) => named(one, fault)));
  for (const one of blamed) one.say(faults.filter((fault) => named(one, fault)).map(faultText).join(" "));
  if (blamed.length === 0) alert.textContent = refusal.words ?? sentence(refusal, meanings);
  if (refusal.status === undefined && !refusal.words) console.error(refusal);
  // Whoever typed a wrong code or password types it anew.
  const again = fields.find((one) => one.input.hasAttribute("data-again"));
  if (again && [401, 422].includes(refusal.status)) again.input.value = "";
  (blamed[0]?.input ?? again?.input ?? go).focus();
}

/** An error that is already in words. */
export function inWords(words) {
  return Object.assign(new Error(words), { words });
}

/** A line for good news, read aloud; it stays. */
export function notice(text) {
  return h("p", { class: "notice", role: "status" }, text);
}

/** Opens a dialog; `build` is given the function that closes it. Gives a promise of what it was closed with. */
export function dialog(title, build, { mustAnswer = false } = {}) {
  const id = fresh("dialog");
  const before = document.activeElement;
  return new Promise((resolve) => {
    const element = h("dialog", { "aria-labelledby": id });
    let outcome;
    const close = (value) => {
      outcome = value;
      element.close();
    };
    const content = h("div", { class: "content" }, build(close));
    element.append(h("h2", { id, tabindex: "-1" }, title), content);
    element.addEventListener("cancel", (event) => {
      if (mustAnswer) event.preventDefault();
    });
    element.addEventListener("close", () => {
      element.remove();
      if (before?.isConnected) before.focus();
      resolve(outcome);
    });
    document.body.append(element);
    element.showModal();
    (element.querySelector("input:not([hidden]), .content button.primary") ?? element.querySelector("h2")).focus();
  });
}

/** Asks whether something shall be done; `act` does it, and what goes wrong is said in the dialog. */
export function confirm(title, text, action, act, { danger = true, meanings = {} } = {}) {
  return dialog(title, (close) => {
    const submit = async () => {
      await act();
      close(true);
    };
    const others = [button("Cancel", () => close(false))];
    return [h("p", {}, text), form({ fields: [], action, submit, others, danger, meanings }).element];
  });
}
