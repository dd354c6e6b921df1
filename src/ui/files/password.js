// Choosing a password: in the middle of a sign-in, by a mailed link, and on one's own security page.

import { field, form, h } from "./dom.js";

/** The field for a new password. */
function newPassword() {
  return field({
    label: "New password",
    name: "new_password",
    type: "password",
    autocomplete: "new-password",
    hint: "Long is better than complicated: four or five unusual words are good.",
    empty: "Please choose a password.",
  });
}

/** The form that sets a new password; `submit` is given it, and the present one where that is asked for. */
export function passwordForm({ action, submit, present = false, account = "", meanings = {}, others = [] }) {
  const fields = [newPassword()];
  if (present) {
    fields.unshift(
      field({
        label: "Present password",
        name: "current_password",
        type: "password",
        autocomplete: "current-password",
        "data-again": true,
        empty: "Please type your present password.",
      }),
    );
  }
  const made = form({ fields, action, submit, meanings, others });
  if (account) made.element.prepend(nameForManagers(account));
  return made.element;
}

/** Password managers want to know whose password it is (autocomplete of HTML, `username`). */
function nameForManagers(account) {
  return h("input", {
    type: "text",
    name: "username",
    autocomplete: "username",
    value: account,
    readonly: true,
    hidden: true,
    "aria-label": "User name",
  });
}
