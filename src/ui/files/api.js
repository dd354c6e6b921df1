// The server's JSON endpoints: whose tokens go along, how they are renewed, and what a refusal says. No page is known here.

const ROOT = "/api/v1";
// The refresh token outlives a reload, and only in this tab. It is worth one use: whoever uses it twice ends the session.
const KEPT = "rollcall.refresh";

// A session that may do nothing but set up a second factor is not renewed. Its access token outlives a reload instead, for
// whoever came in by a code that works once; it opens nothing else.
const ENROLLING = "rollcall.enrolling";

// The access token is nowhere but here, that one aside.
let access = sessionStorage.getItem(ENROLLING);
let renewing = null;
let prove = async () => false;
let ended = () => {};

/** What the server answered in place of what was asked; status 0 when it did not answer at all. */
export class Refusal extends Error {
  constructor(status, body = {}, headers = new Headers()) {
    super(typeof body.detail === "string" ? body.detail : "");
    this.status = status;
    this.code = typeof body.code === "string" ? body.code : "";
    this.faults = Array.isArray(body.detail) ? body.detail : [];
    this.requestId = typeof body.request_id === "string" ? body.request_id : "";
    this.retryAfter = Number(headers.get("retry-after")) || 0;
    this.challenge = headers.get("www-authenticate") ?? "";
  }

  /** Whether who asks must first prove anew who they are (RFC 9470). */
  get isStepUp() {
    return this.status === 401 && this.challenge.includes('error="insufficient_user_authentication"');
  }

  /** Whether the access token does not hold. */
  get isUnknown() {
    return this.status === 401 && this.code === "unauthenticated";
  }
}

async function send(method, path, body, token) {
  const headers = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const sent = body === undefined ? undefined : JSON.stringify(body);
  let answer;
  try {
    answer = await fetch(ROOT + path, { method, headers, body: sent, credentials: "omit", cache: "no-store", redirect: "error" });
  } catch {
    throw new Refusal(0);
  }
  const read = await answer.json().catch(() => ({}));
  if (answer.ok) return read;
  throw new Refusal(answer.status, read, answer.headers);
}

/** Asks as nobody: where the body is the credential. */
export function ask(path, body) {
  return send("POST", path, body);
}

/** Asks as the person who signed in. Renews the token when it ran out, and lets the person prove anew who they are. */
export async function own(method, path, body) {
  let renewed = false;
  let proven = false;
  for (;;) {
    try {
      if (!access) await renew();
      return await send(method, path, body, access);
    } catch (refusal) {
      if (refusal.isStepUp && !proven) {
        proven = true;
        if (await prove()) continue;
      } else if (refusal.isUnknown && access && !renewed) {
        renewed = true;
        access = null;
        continue;
      } else if (refusal.isUnknown) {
        forget();
        ended();
      }
      throw refusal;
    }
  }
}

function renew() {
  renewing ??= (async () => {
    const token = sessionStorage.getItem(KEPT);
    if (!token) throw new Refusal(401, { code: "unauthenticated" });
    try {
      keep(await send("POST", "/auth/refresh", { refresh_token: token }));
    } catch (refusal) {
      // Whatever the server calls it: this tab knows nobody any more.
      throw refusal.status === 401 ? new Refusal(401, { code: "unauthenticated" }) : refusal;
    }
  })().finally(() => {
    renewing = null;
  });
  return renewing;
}

/** Keeps the tokens of a sign-in. */
export function keep(tokens) {
  access = tokens.access_token;
  sessionStorage.setItem(KEPT, tokens.refresh_token);
  if (tokens.enrolment_required) sessionStorage.setItem(ENROLLING, access);
  else sessionStorage.removeItem(ENROLLING);
}

/** The session may do everything from now on. */
export function keepNoAccess() {
  sessionStorage.removeItem(ENROLLING);
}

/** Forgets the tokens. */
export function forget() {
  access = null;
  sessionStorage.removeItem(KEPT);
  sessionStorage.removeItem(ENROLLING);
}

/** Whether somebody is signed in here, as far as this tab knows. */
export function isSignedIn() {
  return access !== null || sessionStorage.getItem(KEPT) !== null;
}

/** Says how somebody proves anew who they are: `handler` gives whether they did. */
export function onStepUp(handler) {
  prove = handler;
}

/** Says what happens when the session is over. */
export function onEnded(handler) {
  ended = handler;
}
