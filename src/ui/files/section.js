// What every part of the security page looks like.

import { h } from "./dom.js";

/** A section: what it is about, what there is, what can be done. */
export function section({ id, title, state, text, items = [], actions = [] }) {
  const mark = state ? h("span", { class: `badge ${state.good ? "good" : ""}` }, state.text) : null;
  const head = h("div", { class: "head" }, h("h2", { id, tabindex: "-1" }, title), mark);
  const list = items.length > 0 ? h("ul", { class: "items" }, items) : null;
  const row = actions.length > 0 ? h("div", { class: "actions" }, actions) : null;
  return h("section", { class: "card", "aria-labelledby": id }, head, text && h("p", {}, text), list, row);
}
