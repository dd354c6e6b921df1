// What mailed links lead to. Showing the page uses nothing up; pressing its button does (whoever looks into mails for
// viruses follows links too).

import { ask } from "./api.js";
import { form, h, notice } from "./dom.js";
import { passwordForm } from "./password.js";
import { signIn } from "./sign-in.js";

const OVER = "This link does not work any more: it was used, a newer one took its place, or its time is over.";

const PURPOSES = {
  verify: {
    title: "Confirm your e-mail address",
    text: "Press the button to confirm that this address is yours.",
    action: "Confirm the address",
    path: "/auth/email/verify",
    done: "The address is confirmed.",
    over: "Ask your administrator for a new one if the address still waits to be confirmed.",
  },
  email_change: {
    title: "Take the change of your e-mail back?",
    text: "Your earlier address becomes the account's again, and every session and every other link ends. Then sign in and change your password, in case somebody else knows it.",
    action: "Take the change back",
    path: "/auth/email/revert",
    done: "Your earlier address is the account's again. All sessions have ended.",
    over: "If your address was changed and you did not do it, tell your administrator at once.",
    meanings: { 409: "Somebody else has the earlier address now. Please tell your administrator." },
    danger: true,
  },
  reset: {
    title: "Choose a new password",
    text: "You sign in with it from now on. A second factor stays as it is.",
    over: "You can ask for a new link.",
    again: true,
    password: true,
  },
  welcome: {
    title: "Welcome",
    text: "Choose the password that you will sign in with.",
    over: "If you have a password already, sign in with it; otherwise ask your administrator for a new link.",
    password: true,
  },
  invite: {
    title: "Accept the invitation",
    text: "Choose the password that you will sign in with. That accepts the invitation.",
    over: "Ask whoever invited you for a new one.",
    password: true,
  },
  enrol: {
    title: "Set up your second factor",
    text: "First sign in with your password. The code of this link then comes in by itself, and you set up a new second factor.",
    action: "Go on to the sign-in",
    enrol: true,
  },
};

/** The token of the link, taken out of the address so that nothing remembers it. */
function take() {
  const { hash, search, pathname } = window.location;
  const token = new URLSearchParams(hash.slice(1)).get("token") ?? new URLSearchParams(search).get("token") ?? "";
  if (hash || search) window.history.replaceState(null, "", pathname);
  return token;
}

/** The view for a purpose. `enter` is called when somebody signed in. */
export function link({ show, purpose, enter }) {
  const meant = Object.hasOwn(PURPOSES, purpose) ? PURPOSES[purpose] : null;
  const token = take();
  if (!meant) {
    show("This link leads nowhere", [h("p", {}, "Please open it from the mail again. If you typed it, look for a letter that is missing."), home()]);
    return;
  }
  if (!token) {
    show(meant.title, [h("p", {}, "The link is not complete any more. Please open it from the mail again."), home()]);
    return;
  }
  const parts = [h("p", {}, meant.text)];
  const fail = (refusal) => {
    if (refusal.status !== 401) throw refusal;
    const other = meant.again ? h("p", {}, h("a", { href: "/ui/forgot" }, "Ask for a new link")) : null;
    show("This link is over", [h("p", {}, OVER), h("p", {}, meant.over), other, home()]);
  };
  const finish = (text) => show("Done", [notice(text), home("Go on to the sign-in")]);
  if (meant.enrol) {
    const submit = () => {
      window.history.replaceState(null, "", "/ui/");
      signIn({ show, done: enter, code: token });
    };
    parts.push(form({ fields: [], action: meant.action, submit }).element);
  } else if (meant.password) {
    const submit = async (values) => {
      await ask("/auth/password/reset", { token, new_password: values.new_password }).then(() => finish("Your password is set."), fail);
    };
    parts.push(passwordForm({ action: "Set the password", submit }));
  } else {
    const { action, meanings, danger } = meant;
    const submit = () => ask(meant.path, { token }).then(() => finish(meant.done), fail);
    parts.push(form({ fields: [], action, submit, meanings, danger }).element);
  }
  show(meant.title, parts);
}

function home(text = "To the sign-in") {
  return h("p", { class: "apart" }, h("a", { href: "/ui/", class: "button" }, text));
}
