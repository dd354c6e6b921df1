// Recovery codes are kept on paper or where somebody pastes them; a file of them needs no script.

/** Brings the buttons to life that print and copy the codes of the page. */
export function codes() {
  const actions = document.querySelector("[data-codes]");
  if (!actions) return;
  const [print, copy] = [actions.querySelector("[data-print]"), actions.querySelector("[data-copy]")];
  const told = document.querySelector("[data-copied]");
  print.hidden = false;
  copy.hidden = false;
  print.addEventListener("click", () => window.print());
  copy.addEventListener("click", async () => {
    const all = [...document.querySelectorAll(".codes code")].map((code) => code.textContent);
    try {
      await navigator.clipboard.writeText(all.join("\n"));
      told.textContent = "Copied. Paste them where nobody else looks.";
    } catch {
      told.textContent = "This browser does not let pages copy. Mark the codes and copy them yourself.";
    }
  });
}
