// Devices on which a second factor need not be proven again: what this one was given, and the list of all.

import { own } from "./api.js";
import { confirm, h } from "./dom.js";
import { section } from "./section.js";
import { METHODS, time } from "./words.js";

// What the server gave this browser, by who signs in: it stands in for the second factor, never for the password.
const KEPT = "rollcall.devices";

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

/** What a sign-in shows of this device. */
export function deviceOf(who) {
  const token = kept()[who];
  return token ? { device_token: token } : {};
}

/** Keeps what a sign-in gave for the next one: each works once. */
export function keepDevice(who, token) {
  const all = kept();
  if (token) all[who] = token;
  else delete all[who];
  localStorage.setItem(KEPT, JSON.stringify(all));
}

/** The section; there is none without devices. */
export function deviceSection(page) {
  const { devices } = page.state;
  if (devices.length === 0) return null;
  const all = async () => {
    const act = () => own("DELETE", "/me/devices");
    const text = "At the next sign-in, each of them is asked for the second factor again.";
    if (await confirm("Forget all devices?", text, "Forget all", act)) await page.reload("All devices are forgotten.", "sessions");
  };
  return section({
    id: "devices",
    title: "Remembered devices",
    text: "Here the password is enough. Forget what you do not know or do not use any more.",
    items: devices.map((device) => item(page, device)),
    actions: devices.length > 1 ? [page.button("Forget all", all)] : [],
  });
}

function item(page, device) {
  const name = device.name ?? "Unknown device";
  const used = device.last_used_at ? `last used ${time(device.last_used_at)}` : "not used yet";
  const stands = `Stands in for: ${METHODS[device.method] ?? device.method}, until ${time(device.expires_at)}, ${used}`;
  const forget = async () => {
    await own("DELETE", `/me/devices/${encodeURIComponent(device.id)}`);
    await page.reload("The device is forgotten.", "sessions");
  };
  const actions = h("div", { class: "actions" }, page.button("Forget", forget, { class: "quiet", "aria-label": `Forget: ${name}` }));
  return h("li", {}, h("div", {}, h("strong", {}, name), h("p", { class: "hint" }, stands)), actions);
}
