// Person search while typing. Without this script the form works as any other.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-people]");
  if (!form) return;
  const input = form.querySelector("input");
  const results = document.getElementById("person-results");
  const stale = document.querySelector("[data-stale]")?.dataset.stale === "yes";
  let timer = 0;
  let asked = 0;

  const links = () => [...results.querySelectorAll("a")];

  async function ask(query, halo) {
    const mine = ++asked;
    const address = new URL(form.dataset.people, location.href);
    address.searchParams.set("q", query);
    if (halo) address.searchParams.set("halo", "1");
    results.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" } });
      if (mine !== asked) return; // somebody typed on meanwhile
      if (answer.redirected) { location.reload(); return; } // signed out
      if (!answer.ok) throw new Error(String(answer.status));
      results.innerHTML = await answer.text();
    } catch {
      if (mine === asked) results.textContent = "The portal does not answer. Press Enter to try again.";
    } finally {
      if (mine === asked) results.removeAttribute("aria-busy");
    }
    if (mine !== asked || halo || query.length < 3) return;
    // The copy knows nobody, or is too old to rely on: Halo itself is asked once the typing pauses.
    if (!links().length || stale) timer = setTimeout(() => ask(query, true), 500);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    const query = input.value.trim();
    history.replaceState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname);
    timer = setTimeout(() => ask(query, false), 120);
  });

  form.addEventListener("submit", (event) => {
    const first = links()[0];
    if (!first) return; // the server asks Halo
    event.preventDefault();
    first.click();
  });

  document.addEventListener("keydown", (event) => {
    const all = links();
    const at = all.indexOf(document.activeElement);
    const inside = document.activeElement === input || at >= 0;
    if (event.key === "/" && !inside && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      input.focus();
    } else if (!inside) {
      return;
    } else if (event.key === "ArrowDown" && all.length) {
      event.preventDefault();
      all[Math.min(at + 1, all.length - 1)].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      if (at === 0) input.focus();
      else all[at - 1].focus();
    } else if (event.key === "Escape") {
      if (at >= 0) { input.focus(); return; }
      input.value = "";
      input.dispatchEvent(new Event("input"));
    } else if (at >= 0 && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      input.focus(); // typing goes on where it began
    }
  });
});
