// What a page can do beside what HTML does by itself: passkeys, the token of a mailed link, keeping recovery codes, and
// showing a password. Everything else works without scripts.

import { codes } from "./codes.js";
import { link } from "./link.js";
import { passkeys } from "./passkeys.js";

/** A button beside a password that shows what was typed. */
function reveal(input) {
  const button = document.createElement("button");
  const label = input.labels[0]?.textContent ?? "";
  button.type = "button";
  button.className = "quiet";
  button.textContent = "Show";
  button.setAttribute("aria-label", `Show: ${label}`);
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(shown));
  });
  const box = document.createElement("div");
  box.className = "with-button";
  const focused = document.activeElement === input;
  input.replaceWith(box);
  box.append(input, button);
  if (focused) input.focus();
}

/** Nobody sends a form twice by pressing twice: the second one would find used up what the first one used. */
function once(form) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}

passkeys();
link();
codes();
for (const input of document.querySelectorAll("input[type=password]")) reveal(input);
for (const form of document.forms) once(form);
// A page that comes back as it was left may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
