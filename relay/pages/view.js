"use strict";
// Opens the encrypted copy with the key that stands only in the address after "#", which no browser sends to a server.
// Tells the relay five words at most: visible, 10s, 1min, 5min, end. Sets nothing, keeps nothing, reads nothing else.
(async () => {
  const state = document.getElementById("state");
  const frame = document.getElementById("mail");

  const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));

  const opened = async () => {
    const answer = await fetch(location.pathname + "/copy", { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" });
    if (!answer.ok) throw new Error("gone");
    const copy = new Uint8Array(await answer.arrayBuffer());
    const key = await crypto.subtle.importKey("raw", bytesOf(location.hash.slice(1)), "AES-GCM", false, ["decrypt"]);
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: copy.subarray(0, 12) }, key, copy.subarray(12));
    return new TextDecoder().decode(plain);
  };

  // The frame runs no script (sandbox, and the policy it inherits); links leave it by a window of their own, or not at all.
  const shown = (mail) => new Promise((done) => {
    frame.addEventListener("load", () => {
      const inner = frame.contentDocument;
      for (const link of inner.querySelectorAll("a[href], area[href]")) {
        if (/^(https?|mailto):/i.test(link.href)) {
          link.target = "_blank";
          link.rel = "noopener noreferrer";
        } else {
          link.removeAttribute("href");
        }
      }
      // As high as the mail, with room for a bar below where it is wider than the window.
      const root = inner.documentElement;
      const fit = () => { frame.style.height = root.offsetHeight + 2 + (root.scrollWidth > root.clientWidth ? 18 : 0) + "px"; };
      fit();
      new ResizeObserver(fit).observe(root);
      done();
    }, { once: true });
    frame.srcdoc = mail;
    frame.hidden = false;
  });

  const told = new Set();
  const tell = (word) => {
    if (told.has(word)) return;
    told.add(word);
    fetch(location.pathname, { method: "POST", body: word, keepalive: true, credentials: "omit", referrerPolicy: "no-referrer" }).catch(() => {});
  };

  // Counted once a second, only while the page can be seen; a page opened ahead of time or in the background says nothing.
  const watch = () => {
    let seconds = 0;
    setInterval(() => {
      if (document.visibilityState !== "visible") return;
      seconds += 1;
      tell("visible");
      if (seconds >= 10) tell("10s");
      if (seconds >= 60) tell("1min");
      if (seconds >= 300) tell("5min");
      if (frame.getBoundingClientRect().bottom <= innerHeight + 8) tell("end");
    }, 1000);
  };

  try {
    await shown(await opened());
    state.hidden = true;
    document.getElementById("told").hidden = false;
    watch();
  } catch {
    state.textContent = "This copy cannot be opened: it is no longer kept, or the address is incomplete. The mail itself says the same.";
  }
})();
