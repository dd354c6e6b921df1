// What a refusal means, in words, with what to do. Knows no page.

const BY_CODE = {
  invalid_credentials: "This does not sign in. Please check what you typed.",
  no_passkeys: "There are no passkeys here, because the server is reached by an IP address. Open it by a host name.",
  last_factor: "Your organisation asks for a second factor, and this is your last one. Set up another one first.",
  not_allowed: "Your organisation does not allow this method. Please choose another one.",
  not_begun: "This took too long. Please begin again.",
  no_factor: "Recovery codes stand in for a second factor, and you have none yet. Set one up first.",
  enrolment_required: "Set up a second factor first; everything else opens after that.",
  step_up: "This needs a fresh proof of who you are. Please try again, and confirm it.",
};

const BY_STATUS = {
  0: "The server cannot be reached. Check your connection, and try again.",
  401: "You are not signed in any more. Please sign in again.",
  403: "You may not do this. Your administrator can tell you why.",
  404: "This is not there any more. Please load the page again.",
  503: "The server cannot do this now. Please try again in a few seconds.",
};

/** `90` as `2 minutes`. */
export function duration(seconds) {
  if (seconds < 90) return `${seconds} ${seconds === 1 ? "second" : "seconds"}`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

/** A sentence for a refusal. `meanings` says what codes and statuses mean where it was asked. */
export function sentence(refusal, meanings = {}) {
  const meant = meanings[refusal.code] ?? meanings[refusal.status];
  if (meant) return meant;
  if (refusal.status === undefined) return "Something went wrong in this page. Please load it again.";
  if (refusal.status === 429) {
    return `Too many tries. Please wait ${duration(refusal.retryAfter || 30)}, and try again.`;
  }
  if (refusal.faults.length > 0) return refusal.faults.map(fault).join(" ");
  if (BY_CODE[refusal.code]) return BY_CODE[refusal.code];
  if (refusal.status === 409 && refusal.message) return capital(refusal.message);
  if (BY_STATUS[refusal.status]) return BY_STATUS[refusal.status];
  const number = refusal.requestId ? ` If it stays, give your administrator this number: ${refusal.requestId}` : "";
  return `Something went wrong on the server. Please try again.${number}`;
}

/** What is wrong with one member of what was sent. */
export function fault({ msg, loc }) {
  const message = String(msg ?? "cannot be used");
  // Some faults go on from the name of the field; the others are whole sentences.
  const goesOn = /^(must|is|are|cannot|can|may|has|have|does|was|needs) /.test(message);
  return capital(goesOn ? `${label(loc)} ${message}` : message);
}

const LABELS = {
  new_password: "The new password",
  current_password: "The present password",
  password: "The password",
  email: "The e-mail address",
  username: "The user name",
  phone: "The telephone number",
  code: "This",
  name: "The name",
  tenant: "The organisation",
  token: "The link",
};

function label(loc) {
  const last = Array.isArray(loc) ? loc.filter((step) => typeof step === "string").at(-1) : undefined;
  return LABELS[last] ?? "What you typed";
}

function capital(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/** The name of a method. */
export const METHODS = {
  passkey: "Passkey",
  totp: "Authenticator app",
  sms: "Text message",
  email: "E-mail",
  recovery_code: "Recovery code",
  enrolment_code: "Enrolment code",
  password: "Password",
};

/** A time as people read it. */
export function time(text) {
  const options = { dateStyle: "medium", timeStyle: "short" };
  return text ? new Intl.DateTimeFormat(undefined, options).format(new Date(text)) : "";
}

const BROWSERS = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/(Headless)?Chrom(e|ium)\//, "Chrome"],
  [/Safari\//, "Safari"],
  [/curl\//, "curl"],
];
const SYSTEMS = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

/** What a client calls itself, shortened: `Firefox on Windows`. */
export function device(agent) {
  if (!agent) return "Unknown device";
  const find = (table) => table.find(([pattern]) => pattern.test(agent))?.[1];
  const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? agent.slice(0, 60);
}
