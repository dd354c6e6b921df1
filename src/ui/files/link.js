// The token of a mailed link: moved from the address into the form, so that nothing remembers it.

/** The token of the address, which is then taken out of it. */
function take() {
  const { hash, search, pathname } = window.location;
  const token = new URLSearchParams(hash.slice(1)).get("token") ?? new URLSearchParams(search).get("token") ?? "";
  if (hash || search) window.history.replaceState(null, "", pathname);
  return token;
}

/** Fills the form of a mailed link in, or says that the link is not complete. */
export function link() {
  const form = document.querySelector("form[data-from-link]");
  if (!form) return;
  const lacking = document.querySelector("[data-incomplete]");
  const fill = () => {
    const field = form.elements.token;
    field.value = take() || field.value;
    form.hidden = field.value === "";
    lacking.hidden = field.value !== "";
  };
  fill();
  // A second mailed link for the same page changes nothing but the fragment.
  window.addEventListener("hashchange", fill);
}
