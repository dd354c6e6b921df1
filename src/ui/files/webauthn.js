// Passkeys in the browser (WebAuthn Level 3): options from the server to the browser, credentials back, failures in words.

/** An error that is already in words. */
function inWords(words) {
  return Object.assign(new Error(words), { words });
}

/** Whether this browser knows passkeys here. */
function isSupported() {
  return window.isSecureContext && "PublicKeyCredential" in window && "credentials" in navigator;
}

/** Why there are no passkeys in this browser, in words; nothing when there may be some. */
export function whyNot() {
  const { hostname, port, protocol } = window.location;
  if (/^[\d.]+$/.test(hostname) || hostname.startsWith("[")) {
    const here = ["127.0.0.1", "[::1]"].includes(hostname);
    const there = here ? `Open ${protocol}//localhost${port ? `:${port}` : ""}/ui/ instead.` : "Open it by its host name.";
    return `Passkeys do not work where the server is reached by an IP address. ${there}`;
  }
  if (!window.isSecureContext) return "Passkeys need https. Ask your administrator for the address that has it.";
  return isSupported() ? "" : "This browser knows no passkeys. Use another one, or another method.";
}

/** Whether the browser can offer passkeys in the field for the user name. */
export async function canAutofill() {
  if (!isSupported() || !PublicKeyCredential.isConditionalMediationAvailable) return false;
  return PublicKeyCredential.isConditionalMediationAvailable();
}

/** Registers a passkey by the options of the server. */
export async function create({ publicKey }) {
  const options = {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    user: { ...publicKey.user, id: bytes(publicKey.user.id) },
    excludeCredentials: (publicKey.excludeCredentials ?? []).map(named),
  };
  const made = await tried(() => navigator.credentials.create({ publicKey: options }), publicKey.rp?.id);
  return shown(made, {
    attestationObject: text(made.response.attestationObject),
    clientDataJSON: text(made.response.clientDataJSON),
  });
}

/** Asks for a passkey by the options of the server. `how` says whether the browser waits for somebody to choose one. */
export async function get({ publicKey }, how = {}) {
  const options = {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    allowCredentials: (publicKey.allowCredentials ?? []).map(named),
  };
  const found = await tried(() => navigator.credentials.get({ publicKey: options, ...how }), publicKey.rpId);
  const { response } = found;
  return shown(found, {
    authenticatorData: text(response.authenticatorData),
    clientDataJSON: text(response.clientDataJSON),
    signature: text(response.signature),
    userHandle: response.userHandle ? text(response.userHandle) : null,
  });
}

function shown(credential, response) {
  const { id, rawId, type } = credential;
  return { id, rawId: text(rawId), type, response, extensions: {} };
}

function named({ id, type, transports }) {
  return transports ? { id: bytes(id), type, transports } : { id: bytes(id), type };
}

const FAILURES = {
  NotAllowedError: "The passkey was not used: it was cancelled, took too long, or there is none here. Please try again.",
  InvalidStateError: "This device holds a passkey for your account already.",
  NotSupportedError: "This device makes no passkeys that can be used here.",
};

async function tried(work, party) {
  try {
    return await work();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (error.name === "SecurityError") throw inWords(`Passkeys belong to ${party ?? "another address"}. Open this page there.`);
    throw inWords(FAILURES[error.name] ?? "The passkey could not be used. Please try again, or use another method.");
  }
}

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
