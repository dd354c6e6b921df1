// What administrators asked for that lets somebody past one's own second factors, and objecting to it.

import { own } from "./api.js";
import { confirm, h } from "./dom.js";
import { section } from "./section.js";
import { time } from "./words.js";

const WHAT = {
  factors: "An administrator asked to remove all of your second factors.",
  passkey: "An administrator asked to remove one of your passkeys.",
  enrolment_code: "An administrator asked for a code by which a second factor can be set up for your account.",
};

/** The section; there is none where nothing was asked for. */
export function resetSection(page) {
  const { resets } = page.state;
  if (resets.length === 0) return null;
  return section({
    id: "resets",
    title: "Somebody wants to get past your second factors",
    text: "If you did not ask for it, object. Then nothing becomes of it.",
    items: resets.map((reset) => item(page, reset)),
  });
}

function item(page, reset) {
  const what = WHAT[reset.what] ?? "An administrator asked for a reset of your second factors.";
  const reason = reset.reason ? ` Reason: ${reset.reason}` : "";
  const when = `Asked for ${time(reset.requested_at)}. It can be done from ${time(reset.due_at)} on.${reason}`;
  const object = async () => {
    const act = () => own("POST", `/me/mfa/resets/${encodeURIComponent(reset.id)}/cancel`);
    const text = "Your second factors stay as they are.";
    if (await confirm("Object to it?", text, "Object", act)) await page.reload("Nothing becomes of it.", "passkeys");
  };
  const actions = h("div", { class: "actions" }, page.button("Object", object, { class: "danger" }));
  return h("li", {}, h("div", {}, h("strong", {}, what), h("p", { class: "hint" }, when)), actions);
}
