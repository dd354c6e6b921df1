// Where one is signed in, and how that ends.

import { forget, own } from "./api.js";
import { confirm, h } from "./dom.js";
import { section } from "./section.js";
import { device, time } from "./words.js";

/** The section. */
export function sessionSection(page) {
  const { sessions } = page.state;
  return section({
    id: "sessions",
    title: "Where you are signed in",
    text: "End what you do not know, and change your password then.",
    items: sessions.map((session) => item(page, session)),
    actions: [page.button("Sign out everywhere", () => everywhere())],
  });
}

function item(page, session) {
  const name = device(session.user_agent);
  const mark = session.current ? h("span", { class: "badge good" }, "This one") : null;
  const from = session.ip_address ? ` from ${session.ip_address}` : "";
  const facts = h("p", { class: "hint" }, `Since ${time(session.created_at)}, last used ${time(session.last_used_at)}${from}`);
  const end = async () => {
    await own("DELETE", `/auth/sessions/${encodeURIComponent(session.id)}`);
    await page.reload("The session has ended.", "sessions");
  };
  const label = `End: ${name}, last used ${time(session.last_used_at)}`;
  const actions = session.current ? null : h("div", { class: "actions" }, page.button("End", end, { class: "quiet", "aria-label": label }));
  return h("li", {}, h("div", {}, h("strong", {}, name), " ", mark, facts), actions);
}

async function everywhere() {
  const act = () => own("POST", "/auth/logout-all");
  const text = "Every session ends, this one too. You sign in again afterwards.";
  if (!(await confirm("Sign out everywhere?", text, "Sign out everywhere", act))) return;
  forget();
  window.location.assign("/ui/");
}
