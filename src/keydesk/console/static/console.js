// The console works without this. With it, lists that change are looked at again, and what is to be copied is, by a click.
"use strict";

const live = document.getElementById("live");
const fresh = document.getElementById("fresh");

async function look() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.getElementById("fresh");
  if (next && next.innerHTML !== fresh.innerHTML) fresh.replaceChildren(...next.childNodes);
}

if (live && fresh) {
  live.closest("label").hidden = false;
  setInterval(() => live.checked && !document.hidden && look().catch(() => {}), 1000);
}

for (const one of document.querySelectorAll(".copy")) {
  one.title = "Click to copy";
  one.addEventListener("click", () => navigator.clipboard?.writeText(one.textContent));
}
