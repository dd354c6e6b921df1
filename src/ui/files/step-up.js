// Proving anew who one is, in a dialog, when the server asks for it before something sensitive (RFC 9470).

import { keep, own } from "./api.js";
import { button, dialog, h } from "./dom.js";
import { secondStep } from "./second-step.js";

/** Asks for a fresh proof; gives whether it was given. */
export async function stepUp() {
  const due = await own("POST", "/auth/step-up");
  return Boolean(
    await dialog("Confirm it is you", (close) => {
      const done = (tokens) => {
        keep(tokens);
        close(true);
      };
      const step = secondStep({ due, done, over: () => close(false) });
      return [h("p", {}, "What you are about to do is sensitive."), step, h("p", { class: "apart" }, button("Cancel", () => close(false), { class: "link" }))];
    }),
  );
}
