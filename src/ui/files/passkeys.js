// Passkeys on one's own security page: registered, renamed, given up.

import { own } from "./api.js";
import { button, confirm, dialog, field, form, h } from "./dom.js";
import { enrolled } from "./factors.js";
import { section } from "./section.js";
import { create, whyNot } from "./webauthn.js";
import { device, time } from "./words.js";

const LONGEST_NAME = "64";

/** The section. */
export function passkeySection(page) {
  const { passkeys, mfa } = page.state;
  const why = whyNot();
  const offered = mfa.allowed.includes("passkey");
  if (passkeys.length === 0 && !offered) return null;
  const actions = offered && !why ? [page.button("Add a passkey", () => add(page), { class: "primary" })] : [];
  return section({
    id: "passkeys",
    title: "Passkeys",
    state: (passkeys.length > 0 || mfa.passkeys > 0) && { good: true, text: "On" },
    text: why || "The safest way: your fingerprint, your face or your device's PIN, and nothing that can be phished. A passkey signs you in without a password.",
    items: passkeys.map((passkey) => item(page, passkey)),
    actions,
  });
}

function item(page, passkey) {
  const used = passkey.last_used_at ? `last used ${time(passkey.last_used_at)}` : "not used yet";
  const where = passkey.device_bound ? "Only on its device" : "Can be synchronised";
  const kind = h("span", { class: "badge" }, passkey.backed_up ? "Synchronised" : where);
  const facts = h("p", { class: "hint" }, `Added ${time(passkey.created_at)}, ${used}`);
  const actions = [
    page.button("Rename", () => rename(page, passkey), { class: "quiet", "aria-label": `Rename: ${passkey.name}` }),
    page.button("Remove", () => remove(page, passkey), { class: "quiet", "aria-label": `Remove: ${passkey.name}` }),
  ];
  return h("li", {}, h("div", {}, h("strong", {}, passkey.name), " ", kind, facts), h("div", { class: "actions" }, actions));
}

function nameField(value) {
  return field({ label: "Name", name: "name", value, maxlength: LONGEST_NAME, autocomplete: "off", hint: "So that you recognise it in this list.", empty: "Please give it a name." });
}

async function add(page) {
  const came = await dialog("Add a passkey", (close) => {
    const submit = async ({ name }) => {
      const { data } = await own("POST", "/me/passkeys/register/start");
      const credential = await create(data.options);
      close((await own("POST", "/me/passkeys/register/finish", { credential, name: name.trim() })).data);
    };
    const fields = [nameField(device(navigator.userAgent))];
    return form({ fields, action: "Continue", submit, others: [button("Cancel", () => close())] }).element;
  });
  if (came) await enrolled(page, came, "The passkey is added.", "passkeys");
}

async function rename(page, passkey) {
  const renamed = await dialog("Rename the passkey", (close) => {
    const submit = async ({ name }) => {
      await own("PATCH", `/me/passkeys/${encodeURIComponent(passkey.id)}`, { name: name.trim() });
      close(true);
    };
    return form({ fields: [nameField(passkey.name)], action: "Save", submit, others: [button("Cancel", () => close(false))] }).element;
  });
  if (renamed) await page.reload("The passkey has its new name.", "passkeys");
}

async function remove(page, passkey) {
  const text = `\u201c${passkey.name}\u201d does not sign you in any more. Remove it from your device too.`;
  const act = () => own("DELETE", `/me/passkeys/${encodeURIComponent(passkey.id)}`);
  if (await confirm("Remove the passkey?", text, "Remove", act)) await page.reload("The passkey is removed.", "passkeys");
}
