// The preview of the address mapping follows the form while it is changed.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const card = document.querySelector("[data-address-preview]");
  if (!card) return;
  const place = card.querySelector(".qp-preview");
  let timer = 0;
  let asked = 0;

  async function show() {
    const mine = ++asked;
    const address = new URL(card.dataset.addressPreview, location.href);
    for (const quoter of document.querySelectorAll("select[name$='-quoter_field']")) {
      const halo = document.querySelector(`select[name='${quoter.name.replace(/quoter_field$/, "halo_field")}']`);
      const row = quoter.closest("tr, .form-row, tbody");
      const removed = row?.querySelector("input[name$='-DELETE']")?.checked;
      if (halo && quoter.value && halo.value && !removed) address.searchParams.append("map", `${quoter.value}:${halo.value}`);
    }
    for (const [name, id] of [["country", "id_default_country"], ["region", "id_default_region"]]) {
      address.searchParams.set(name, document.getElementById(id)?.value ?? "");
    }
    try {
      const answer = await fetch(address);
      if (mine === asked && answer.ok && !answer.redirected) place.innerHTML = await answer.text();
    } catch {
      if (mine === asked) place.textContent = "The portal does not answer.";
    }
  }

  document.addEventListener("change", () => { clearTimeout(timer); timer = setTimeout(show, 150); });
  document.addEventListener("input", (event) => {
    if (event.target.id?.startsWith("id_default_")) { clearTimeout(timer); timer = setTimeout(show, 300); }
  });
  show();
});
