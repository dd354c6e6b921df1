// Recovery codes: shown once, to be kept on paper or in a file, and made anew.

import { own } from "./api.js";
import { button, confirm, dialog, h } from "./dom.js";
import { section } from "./section.js";
import { time } from "./words.js";

// So few are left that new ones are due.
const FEW = 3;

/** The section; codes stand in for a factor, and mean nothing without one. */
export function recoverySection(page) {
  const { enabled, recovery_codes_left: left } = page.state.mfa;
  if (!enabled) return null;
  const text = left > FEW
    ? "Each gets you in once when nothing else is at hand. Keep them where nobody else looks."
    : "Few are left. Make new ones now, so that you are not locked out one day.";
  return section({
    id: "recovery",
    title: "Recovery codes",
    state: { good: left > FEW, text: left === 1 ? "1 left" : `${left} left` },
    text,
    actions: [page.button("Make new codes", () => regenerate(page))],
  });
}

async function regenerate(page) {
  let codes = [];
  const act = async () => {
    codes = (await own("POST", "/me/mfa/recovery-codes")).data.recovery_codes;
  };
  const text = "Ten new ones take their place. The codes that you have now do not work any more.";
  if (!(await confirm("Make new recovery codes?", text, "Make new codes", act, { danger: false }))) return;
  await keepCodes(codes, page.state.me);
  await page.reload("New recovery codes are made.", "recovery");
}

/** Shows codes this once, until their owner says that they are kept. */
export function keepCodes(codes, me) {
  const account = me?.email ?? me?.username ?? "your account";
  return dialog("Keep your recovery codes", (close) => {
    const told = h("p", { class: "hint", role: "status" });
    const list = h("ol", { class: "codes" }, codes.map((code) => h("li", {}, h("code", {}, code))));
    return [
      h("p", {}, "Each of these gets you in once when nothing else is at hand. They are shown only now."),
      list,
      h("div", { class: "actions no-print" }, button("Download", () => download(codes, account)), button("Print", () => window.print()), button("Copy", () => copy(codes, told))),
      told,
      h("div", { class: "actions no-print" }, button("I have kept them", () => close(true), { class: "primary" })),
    ];
  }, { mustAnswer: true });
}

function download(codes, account) {
  const head = `Recovery codes of ${account} at ${window.location.host}\nMade ${time(new Date().toISOString())}. Each works once.\n`;
  const url = URL.createObjectURL(new Blob([`${head}\n${codes.join("\n")}\n`], { type: "text/plain" }));
  const anchor = h("a", { href: url, download: "rollcall-recovery-codes.txt" });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function copy(codes, told) {
  try {
    await navigator.clipboard.writeText(codes.join("\n"));
    told.textContent = "Copied. Paste them where nobody else looks.";
  } catch {
    told.textContent = "This browser does not let pages copy. Mark the codes and copy them yourself.";
  }
}
