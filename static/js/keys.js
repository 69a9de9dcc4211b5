// Keys: / search, j k rows, Enter open, v vote, ? list of keys. Silent while somebody types.
"use strict";
(() => {
  const typing = (node) =>
    node instanceof HTMLElement && (node.isContentEditable || node.matches("input:not([type=checkbox]):not([type=radio]), textarea, select"));
  const shown = (node) => node && node.offsetParent !== null;

  const rows = () => [...document.querySelectorAll("main .table tbody tr")].filter(
    (row) => shown(row) && row.querySelector("th a[href], td a[href]"),
  );
  const link = (row) => row.querySelector("th a[href]") ?? row.querySelector("a[href]");
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const now = all.findIndex((row) => row.contains(document.activeElement));
    const next = now < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, now + step));
    link(all[next]).focus();
    all[next].scrollIntoView({ block: "nearest" });
  };
  const search = () => {
    const field = [...document.querySelectorAll("main .filters input[type=search], [data-search]")].find(shown);
    field?.focus();
    field?.select();
    return Boolean(field);
  };
  const vote = () => {
    const ballot = document.getElementById("ballot");
    if (!ballot) return false;
    ballot.scrollIntoView({ block: "nearest" });
    ballot.querySelector("input:not([type=hidden]), button, textarea")?.focus();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]:modal")) return;
    const acts = {
      "/": search,
      j: () => move(1),
      k: () => move(-1),
      v: vote,
      "?": () => document.getElementById("keys")?.showModal(),
    };
    const act = acts[event.key];
    if (act && act() !== false) event.preventDefault();
  });
})();
