"use strict";
// Makes the page live and quick to use by keys. Without it everything works all the same: by links, forms and reloading.
(() => {
  const PATIENCE = 6000;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // The address tells what was done only once; a reload must not say it again.
  if (/[?&]said=/.test(location.search)) history.replaceState(null, "", location.pathname);

  // Live: is told a mark that changes with the ledger, and only then asks for the page; rests while nobody looks.
  const say = (text) => { const life = one("#life"); if (life && life.textContent !== text) life.textContent = text; };

  const isInHand = () => {
    const active = document.activeElement;
    return Boolean(active && active.closest("main") && active.matches("input:not([type=radio], [type=checkbox]), textarea, select"))
      || Boolean(one("details[data-snooze][open], main :active"));
  };

  const renew = (fresh) => {
    const before = new Set(all("main [id]").map((each) => each.id));
    const held = document.activeElement && document.activeElement.closest("[id]");
    const row = document.activeElement && document.activeElement.closest("[data-row]");
    const inside = held && one("main").contains(held) ? held.id : "";
    const open = all("main details[open]").map((each) => each.id);
    const typed = all("main :is(input, textarea, select)[id]").filter((each) => each.value !== each.defaultValue);
    const ticked = all("main input:checked").map((each) => [each.name, each.value]);
    one("main").replaceChildren(...one("main", fresh).childNodes);
    one(".end").replaceChildren(...one(".end", fresh).childNodes);
    document.title = fresh.title;
    document.body.dataset.mark = fresh.body.dataset.mark;
    for (const id of open) { const each = document.getElementById(id); if (each) each.open = true; }
    for (const each of typed) { const same = document.getElementById(each.id); if (same) same.value = each.value; }
    for (const [name, value] of ticked) for (const each of all("main input")) if (each.name === name && each.value === value) each.checked = true;
    const back = inside && document.getElementById(inside);
    if (back) (row && one("[data-open]", back) || back).focus({ preventScroll: true });
    for (const each of all("main li[id]")) if (!before.has(each.id)) each.classList.add("fresh");
  };

  let wanted = document.body.dataset.mark;
  let isLost = false;
  let isLooking = false;
  const lose = () => {
    isLost = true;
    say("Heardback does not answer any more; what you see may be old.");
  };

  const look = async () => {
    if (isLooking || isInHand() || (wanted === document.body.dataset.mark && !isLost)) return;
    isLooking = true;
    try {
      const answer = await fetch(location.pathname + location.search, { cache: "no-store" });
      if (answer.status === 403) return say("Heardback was started anew. Open the page by its new link.");
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (isInHand() || !fresh.body.dataset.mark) return;
      renew(fresh);
      isLost = false;
    } catch {
      lose();
    } finally {
      isLooking = false;
    }
  };

  let stream = null;
  let silence = 0;
  const speak = () => { clearTimeout(silence); silence = 0; };
  const rest = () => { speak(); if (stream) stream.close(); stream = null; };
  const listen = () => {
    if (stream || document.visibilityState !== "visible") return;
    stream = new EventSource("/news");
    stream.onmessage = (event) => { speak(); wanted = event.data; look(); };
    stream.onerror = () => {
      // it comes back by itself, unless it was refused: then the page itself tells why
      if (stream.readyState !== EventSource.CLOSED) { silence = silence || setTimeout(lose, PATIENCE); return; }
      rest();
      isLost = true;
      look();
      setTimeout(listen, PATIENCE);
    };
  };
  if (document.body.dataset.mark) {
    listen();
    document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? listen() : rest()));
    // what came while something was in hand is shown as soon as nothing is
    for (const kind of ["focusout", "toggle", "click"]) document.addEventListener(kind, () => setTimeout(look, 100), true);
  }

  // Keys: one row at a time has the focus; what can be done with it lies in the row, or on the page of one mail.
  const rowNow = () => document.activeElement && document.activeElement.closest("[data-row]");

  const step = (by) => {
    const rows = all("[data-row]");
    const place = rows.indexOf(rowNow());
    const row = rows[place < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(place + by, 0), rows.length - 1)];
    const link = row && one("[data-open], summary, a", row);
    if (link) { link.focus(); row.scrollIntoView({ block: "nearest" }); }
  };

  const inReach = (selector) => one(selector, rowNow() || one("main"));

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    o: () => { const link = inReach("[data-provider]"); if (link) link.click(); },
    d: () => { const form = (rowNow() || one("article")) && inReach("[data-done]"); if (form) form.requestSubmit(); },
    f: () => { const form = (rowNow() || one("article")) && inReach("[data-draft]"); if (form) form.requestSubmit(); },
    r: () => { const form = one("[data-read]"); if (form) form.requestSubmit(); },
    s: () => {
      const menu = inReach("[data-snooze]");
      if (menu) { menu.open = true; one("button", menu).focus(); }
    },
    "/": () => { const field = one("#find"); if (field) field.focus(); else location.assign("/mail"); },
    "?": () => location.assign("/help"),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const menu = event.target.closest("details[data-snooze][open]");
    if (event.key === "Escape" && menu) { menu.open = false; one("summary", menu).focus(); return; }
    if (event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select") || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });
})();
