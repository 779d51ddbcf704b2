// Small conveniences; every page works without them. Buttons are marked with data attributes.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const label = button.textContent;
  const beside = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(button.dataset.copy || beside.textContent);
    button.textContent = "Copied";
  } catch {
    // Browsers refuse the clipboard on plain http: select the text, so that Ctrl+C does it.
    if (beside) window.getSelection().selectAllChildren(beside);
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => { button.textContent = label; }, 2000);
});

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-once]");
  if (!form) return;
  // A button that is disabled does not say which one it was.
  const pressed = event.submitter;
  if (pressed?.name) {
    const kept = Object.assign(document.createElement("input"), { type: "hidden", name: pressed.name, value: pressed.value });
    form.append(kept);
  }
  for (const button of form.querySelectorAll("button")) button.disabled = true;
});

// While something is in work the page looks again, unless the person is busy with it.
document.addEventListener("DOMContentLoaded", () => {
  const marker = document.querySelector("[data-reload]");
  if (!marker) return;
  let busy = false;
  for (const name of ["toggle", "input", "focusin"]) {
    document.addEventListener(name, (event) => {
      if (event.target !== document.body && event.target.closest?.("#content")) busy = true;
    }, true);
  }
  // Folds that are open from the start announce themselves; that is nobody's doing.
  setTimeout(() => { busy = false; }, 300);
  setInterval(() => {
    if (!busy && document.visibilityState === "visible" && !String(window.getSelection())) location.reload();
  }, Number(marker.dataset.reload) * 1000);
});

// "Fix" leads to the very field: open what hides it, then focus it.
document.addEventListener("DOMContentLoaded", () => {
  if (!location.hash.startsWith("#id_")) return;
  const field = document.getElementById(location.hash.slice(1));
  if (!field) return;
  for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  setTimeout(() => {
    field.scrollIntoView({ block: "center" });
    field.focus();
  }, 150);
});

// The home page keeps itself up to date: its inside is asked for again, unless the person is busy in it.
document.addEventListener("DOMContentLoaded", () => {
  const place = document.querySelector("[data-poll]");
  if (!place) return;
  setInterval(async () => {
    const busy = place.contains(document.activeElement) || String(window.getSelection());
    if (busy || document.visibilityState !== "visible") return;
    try {
      const answer = await fetch(place.dataset.from, { headers: { "X-Requested-With": "fetch" } });
      // Signed out meanwhile: the answer is the sign-in page, which belongs to the whole window.
      if (answer.redirected) location.reload();
      else if (answer.ok) place.innerHTML = await answer.text();
    } catch {
      // The portal is being restarted: the next round will tell.
    }
  }, Number(place.dataset.poll) * 1000);
});

// A list that can be long is narrowed down while typing; without this script the form asks the server.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-filter]");
  const place = form && document.getElementById(form.dataset.filter);
  if (!place) return;
  const none = document.querySelector("[data-find-none]");
  form.querySelector("input").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of place.querySelectorAll("[data-find]")) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) left += 1;
    }
    if (none) none.hidden = left > 0;
  });
});
