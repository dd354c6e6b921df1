// Authenticator app, telephone and mailbox on one's own security page, and which method is offered first.

import { own } from "./api.js";
import { button, confirm, dialog, field, form, h } from "./dom.js";
import { keepCodes } from "./recovery.js";
import { codeForm } from "./second-step.js";
import { section } from "./section.js";
import { METHODS, time } from "./words.js";

const ADDRESSES = {
  sms: {
    title: "Text message",
    text: "A code is sent to your telephone. Safer than a password alone, but a passkey or an app is better.",
    add: "Add a telephone",
    set: "The telephone is set up.",
    gone: "The telephone is removed.",
    ask: "Remove the telephone?",
    field: { label: "Telephone number", name: "phone", type: "tel", autocomplete: "tel", hint: "With the country code: +49 151 23456789", empty: "Please type the number." },
  },
  email: {
    title: "E-mail",
    text: "A code is sent to your mailbox. Whoever reads your mail reads the code too.",
    add: "Add a mailbox",
    set: "The mailbox is set up.",
    gone: "The mailbox is removed.",
    ask: "Remove the mailbox?",
    field: { label: "E-mail address", name: "email", type: "email", autocomplete: "email", empty: "Please type the address." },
  },
};

function find(page, method) {
  return page.state.mfa.factors.find((factor) => factor.method === method);
}

/** A method that the tenant does not allow is shown only if it is there all the same. */
function isOffered(page, method) {
  return page.state.mfa.allowed.includes(method);
}

/** What follows from a factor that was set up. */
export async function enrolled(page, came, note, id) {
  if (came.recovery_codes) await keepCodes(came.recovery_codes, page.state.me);
  await page.reload(note, id);
}

function details(factor) {
  const used = factor.last_used_at ? `, last used ${time(factor.last_used_at)}` : "";
  return h("li", {}, h("div", {}, factor.hint && h("strong", {}, factor.hint), h("p", { class: "hint" }, `Set up ${time(factor.created_at)}${used}`)));
}

/** The authenticator app. */
export function totpSection(page) {
  const [factor, offered] = [find(page, "totp"), isOffered(page, "totp")];
  if (!factor && !offered) return null;
  const actions = [];
  if (offered) actions.push(page.button(factor ? "Set up another app" : "Set up an app", () => setUp(page)));
  if (factor) actions.push(removal(page, { method: "totp", ask: "Remove the authenticator app?", gone: "The authenticator app is removed." }));
  return section({
    id: "totp",
    title: METHODS.totp,
    state: factor && { good: true, text: "On" },
    text: "An app on your telephone shows a new code every half minute.",
    items: factor ? [details(factor)] : [],
    actions,
  });
}

function removal(page, { method, ask, gone }) {
  const remove = async () => {
    const act = () => own("DELETE", `/me/mfa/${method}`);
    if (await confirm(ask, "It is not asked for any more.", "Remove", act)) await page.reload(gone, method);
  };
  return page.button("Remove", remove, { "aria-label": `Remove: ${METHODS[method]}` });
}

async function setUp(page) {
  const { data: card } = await own("POST", "/me/mfa/totp");
  const came = await dialog("Set up an authenticator app", (close) => {
    const submit = async ({ code }) => close((await own("POST", "/me/mfa/totp/verify", { code: code.trim() })).data);
    const others = [button("Cancel", () => close())];
    const hint = "The six digits that the app shows for this account";
    return [
      h("p", {}, "Scan this with an authenticator app, then type the code that it shows."),
      h("img", { class: "qr", src: card.qr_png, alt: "QR code with the key for your authenticator app" }),
      byHand(card),
      codeForm({ action: "Confirm", submit, others, hint, meanings: {} }).element,
    ];
  });
  if (came) await enrolled(page, came, "The authenticator app is set up.", "totp");
}

function byHand(card) {
  const spaced = card.secret.match(/.{1,4}/g).join(" ");
  const open = h("a", { href: card.otpauth_uri }, "Open it in an app on this device");
  return h("details", { class: "more" }, h("summary", {}, "You cannot scan it?"), h("p", {}, "Type this key into the app:"), h("p", { class: "secret" }, spaced), h("p", {}, open));
}

/** A telephone or a mailbox. */
export function addressSection(page, method) {
  const [factor, offered, kind] = [find(page, method), isOffered(page, method), ADDRESSES[method]];
  if (!factor && !offered) return null;
  const actions = [];
  if (offered) actions.push(page.button(factor ? "Use another one" : kind.add, () => add(page, method)));
  if (factor) actions.push(removal(page, { method, ask: kind.ask, gone: kind.gone }));
  return section({
    id: method,
    title: kind.title,
    state: factor && { good: true, text: "On" },
    text: kind.text,
    items: factor ? [details(factor)] : [],
    actions,
  });
}

async function add(page, method) {
  const kind = ADDRESSES[method];
  const came = await dialog(kind.add, (close) => {
    const place = h("div", {});
    const value = method === "email" ? (page.state.me?.email ?? false) : false;
    const typed = field({ ...kind.field, value });
    const submit = async (values) => {
      const address = { [typed.name]: values[typed.name].replaceAll(/\s/g, "") };
      const { data } = await own("POST", `/me/mfa/${method}`, address);
      place.replaceChildren(...prove(method, { address, to: data.sent_to }, close));
      place.querySelector("input").focus();
    };
    const others = [button("Cancel", () => close())];
    place.append(form({ fields: [typed], action: "Send me a code", submit, others }).element);
    return place;
  });
  if (came) await enrolled(page, came, kind.set, method);
}

function prove(method, { address, to }, close) {
  const where = h("p", { role: "status" }, `A code was sent to ${to}. Type it here.`);
  const again = button("Send another code", async () => {
    try {
      await own("POST", `/me/mfa/${method}`, address);
      made.say("");
      where.textContent = `Another code was sent to ${to}.`;
    } catch (refusal) {
      made.say(refusal.status === 429 ? `Please wait ${refusal.retryAfter || 30} seconds before you ask for another code.` : "The code could not be sent.");
    }
  }, { class: "quiet" });
  const submit = async ({ code }) => close((await own("POST", `/me/mfa/${method}/verify`, { code: code.trim() })).data);
  const made = codeForm({ action: "Confirm", submit, meanings: {}, others: [again, button("Cancel", () => close())] });
  return [where, made.element];
}

/** Which method is offered first; there is nothing to choose among fewer than two. */
export function preferredSection(page) {
  const { mfa, passkeys } = page.state;
  const owned = [...(passkeys.length > 0 ? ["passkey"] : []), ...mfa.factors.map((factor) => factor.method)];
  if (owned.length < 2) return null;
  const option = (value, text) => h("option", { value, selected: (mfa.preferred ?? "") === value }, text);
  const select = h("select", { id: "preferred-method", name: "preferred" }, option("", "The safest one"), owned.map((method) => option(method, METHODS[method])));
  const save = page.button("Save", async () => {
    await own("PATCH", "/me/mfa", { preferred: select.value || null });
    await page.reload("The choice is saved.", "preferred");
  });
  const made = section({ id: "preferred", title: "Offered first", actions: [save] });
  made.querySelector(".actions").before(h("div", { class: "field" }, h("label", { for: "preferred-method" }, "When you sign in, offer first"), select));
  return made;
}
