// Runs before the first paint: the pinned theme must not flash. Everything else waits for the document.
"use strict";
(() => {
  const read = () => {
    try {
      return localStorage.getItem("gavel-theme") || "";
    } catch {
      return ""; // storage may be forbidden; the system's theme is a good answer then
    }
  };
  const apply = (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  apply(read());

  const mark = (menu) => {
    for (const button of menu.querySelectorAll("[data-theme-set]"))
      button.setAttribute("aria-pressed", String(button.dataset.themeSet === read()));
  };
  document.addEventListener("DOMContentLoaded", () => {
    for (const menu of document.querySelectorAll("[data-theme-menu]")) {
      menu.hidden = false;
      mark(menu);
      menu.addEventListener("click", (event) => {
        const button = event.target.closest("[data-theme-set]");
        if (!button) return;
        try {
          localStorage.setItem("gavel-theme", button.dataset.themeSet);
        } catch {
          // the choice then lasts for this page only
        }
        apply(button.dataset.themeSet);
        mark(menu);
        menu.open = false;
        document.dispatchEvent(new CustomEvent("gavel:theme"));
      });
    }
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    document.dispatchEvent(new CustomEvent("gavel:theme")),
  );
})();
