"use strict";
// Makes the page live and quick to use by keys. Without it everything works all the same: by links, forms and reloading.
(() => {
  const PATIENCE = 6000;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  const main = one("main");
  const body = document.body;

  // The address tells what was done only once; a reload must not say it again. The live page keeps saying it.
  const place = location.pathname + location.search;
  if (/[?&]said=/.test(location.search)) history.replaceState(null, "", location.pathname);

  // Live: is told a mark that changes with the ledger, and only then asks for the page; rests while nobody looks.
  const say = (text, isTrouble = false) => {
    const life = one("#life");
    body.classList.toggle("lost", isTrouble);
    if (life && life.textContent !== text) life.textContent = text;
  };

  const isInHand = () => {
    const active = document.activeElement;
    return Boolean(active && active.closest("main") && active.matches("input:not([type=radio], [type=checkbox]), textarea, select"))
      || Boolean(one("details[data-snooze][open], main :active"));
  };

  // What was on the page stays the same node, and with it the focus, what is ticked, typed, chosen and open. A control
  // is the same only if it does the same: one that has the focus must never come to mean something else.
  const TELLING = ["type", "action", "href", "name", "value", "aria-label", "aria-labelledby"];
  const likeness = (node) => {
    if (!(node instanceof Element)) return node.nodeName;
    const named = node.id || node.dataset.key;
    if (named) return `${node.nodeName}#${named}`;
    const acts = node.matches("a, form, button, input, select, textarea, option, section");
    return [node.nodeName, ...(acts ? TELLING : ["class"]).map((each) => node.getAttribute(each))].join(" ");
  };

  const become = (node, fresh) => {
    if (node.isEqualNode(fresh)) return;
    if (!(node instanceof Element)) { node.data = fresh.data; return; }
    // a person opens and shuts what has this
    const names = (each) => each.getAttributeNames().filter((name) => name !== "open");
    for (const name of names(node)) if (!fresh.hasAttribute(name)) node.removeAttribute(name);
    for (const name of names(fresh)) {
      const value = fresh.getAttribute(name);
      if (node.getAttribute(name) !== value) node.setAttribute(name, value);
    }
    fill(node, [...fresh.childNodes]);
  };

  const fill = (parent, fresh) => {
    const left = new Map();
    for (const each of parent.childNodes) left.set(likeness(each), [...(left.get(likeness(each)) || []), each]);
    const pairs = fresh.map((each) => [(left.get(likeness(each)) || []).shift(), each]);
    // first, so that what stays need not be moved: what is moved loses the focus
    for (const each of [...left.values()].flat()) each.remove();
    let at = parent.firstChild;
    for (const [same, each] of pairs) {
      if (same && same === at) at = at.nextSibling; else parent.insertBefore(same || each, at);
      if (same) become(same, each);
    }
  };

  // A row may have gone from one list to another.
  const twin = (held, form) => {
    const alike = all(held.tagName.toLowerCase(), main).filter((each) => likeness(each) === likeness(held)
      && (each.closest("form") ? likeness(each.closest("form")) : "") === form);
    return alike.length === 1 ? alike[0] : null;
  };

  const change = (how) => {
    const held = main.contains(document.activeElement) ? document.activeElement : null;
    const form = held && held.closest("form") ? likeness(held.closest("form")) : "";
    how();
    if (!held || held === document.activeElement) return;
    ((held.isConnected && held) || twin(held, form) || main).focus({ preventScroll: true });
  };

  const renew = (fresh) => {
    const before = new Set(all("main li[id]").map((each) => each.id));
    change(() => become(main, one("main", fresh)));
    become(one(".end"), one(".end", fresh));
    body.classList.remove("lost");
    document.title = fresh.title;
    Object.assign(body.dataset, fresh.body.dataset);
    for (const each of all("main li[id]")) if (!before.has(each.id)) each.classList.add("fresh");
  };

  let wanted = body.dataset.mark;
  let isLost = false;
  let isLooking = false;
  const lose = (what, why = "") => {
    isLost = true;
    say(`${what}; what you see is as of ${body.dataset.at}. ${why}`, true);
  };

  // The mail was erased, or is not known any more: nothing of it stays.
  const forget = (fresh) => {
    change(() => main.replaceChildren(...one("main", fresh).childNodes));
    document.title = fresh.title;
    body.dataset.mark = wanted;
    isLost = false;
  };

  const take = (status, fresh) => {
    if (status === 403) return say("Heardback was started anew. Open the page by its new link.", true);
    if (status === 404) return forget(fresh);
    if (!fresh.body.dataset.mark) {
      const told = one("main p", fresh);
      lose("This page could not be brought up to date", told ? told.textContent : `Error ${status}.`);
      setTimeout(look, PATIENCE);
    } else if (!isInHand()) {
      isLost = false;
      renew(fresh);
    }
  };

  const look = async () => {
    if (isLooking || document.visibilityState !== "visible" || (wanted === body.dataset.mark && !isLost)) return;
    isLooking = true;
    try {
      const answer = await fetch(place, { cache: "no-store" });
      take(answer.status, new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      lose("Heardback does not answer any more");
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
      if (stream.readyState !== EventSource.CLOSED) { silence = silence || setTimeout(() => lose("Heardback does not answer any more"), PATIENCE); return; }
      rest();
      isLost = true;
      look();
      setTimeout(listen, PATIENCE);
    };
  };
  if (body.dataset.mark) {
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
