// The frame of all pages: which view belongs to the address, the bar above it, and what happens when a session ends.

import { forget, isSignedIn, onEnded, onStepUp, own } from "./api.js";
import { button, h } from "./dom.js";
import { link } from "./link.js";
import { security } from "./security.js";
import { forgot, signIn, stopWaiting } from "./sign-in.js";
import { stepUp } from "./step-up.js";
import { sentence } from "./words.js";

const main = document.getElementById("main");
const account = document.getElementById("account");

/** Shows a view: its title is the page's heading, and gets the focus so that it is read aloud. */
function show(title, parts, { wide = false } = {}) {
  document.title = `${title} - rollcall`;
  const heading = h("h1", { tabindex: "-1" }, title);
  main.className = wide ? "wide" : "card";
  main.replaceChildren(heading, ...[parts].flat().filter(Boolean));
  heading.focus();
}

function bar() {
  if (!isSignedIn()) {
    account.replaceChildren();
    return;
  }
  account.replaceChildren(h("a", { href: "/ui/security" }, "Security"), button("Sign out", leave, { class: "quiet" }));
}

async function leave() {
  await own("POST", "/auth/logout").catch(() => {});
  forget();
  enter("/ui/", "You are signed out.");
}

/** Goes to a page without loading it anew, which would lose the access token. */
function enter(path, note = "") {
  window.history.pushState(null, "", path);
  route(note);
}

function entered() {
  enter("/ui/security");
}

function route(note = "") {
  stopWaiting();
  const segments = window.location.pathname.split("/").filter(Boolean);
  bar();
  if (segments[0] === "link") {
    link({ show, purpose: segments[1] ?? "", enter: entered });
  } else if (segments[1] === "forgot") {
    forgot({ show });
  } else if (segments.length > 1 && segments[1] !== "security") {
    show("There is nothing here", [h("p", {}, "The address may be mistyped."), h("p", {}, h("a", { href: "/ui/", class: "button" }, "To the sign-in"))]);
  } else if (isSignedIn()) {
    security({ show, changed: bar }).catch(fail);
  } else {
    signIn({ show, done: entered, note });
  }
}

/** A page that cannot be shown says why, and offers to try again. */
function fail(refusal) {
  if (refusal.status === undefined) console.error(refusal);
  if (!isSignedIn()) return;
  show("This cannot be shown now", [h("p", { role: "alert" }, sentence(refusal)), button("Try again", () => route(), { class: "primary" })]);
}

onStepUp(stepUp);
onEnded(() => {
  for (const open of document.querySelectorAll("dialog")) open.close();
  enter("/ui/", "Your session has ended. Please sign in again.");
});
window.addEventListener("popstate", () => route());
// A second mailed link for the same page changes nothing but the fragment.
window.addEventListener("hashchange", () => {
  if (window.location.hash.startsWith("#token=")) route();
});
document.addEventListener("click", (event) => {
  const anchor = event.target.closest("a[href^='/ui/']");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!anchor || !plain) return;
  event.preventDefault();
  enter(anchor.getAttribute("href"));
});
route();
