// The groups of a run's metrics: open ones stay open, and a chart is fetched when it comes into view.
"use strict";
(() => {
  const KEPT = `gavel:groups:${location.pathname}`;
  const AT_ONCE = 4;
  const queue = [];
  let running = 0;

  const open = () => {
    try {
      return new Set(JSON.parse(sessionStorage.getItem(KEPT)) ?? []);
    } catch {
      return new Set();
    }
  };
  const keep = (name, isOpen) => {
    const names = open();
    isOpen ? names.add(name) : names.delete(name);
    try {
      sessionStorage.setItem(KEPT, JSON.stringify([...names]));
    } catch {
      // kept for this page only
    }
  };

  const fetched = async (place) => {
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(place.dataset.series, { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const { figure } = await answer.json();
      if (place.isConnected) window.gavelCharts?.show(place, figure);
    } catch {
      place.querySelector(".plot").textContent = place.closest("[data-groups]")?.dataset.failed ?? "";
    }
    place.removeAttribute("aria-busy");
  };
  const next = () => {
    while (running < AT_ONCE && queue.length) {
      running++;
      fetched(queue.shift()).finally(() => {
        running--;
        next();
      });
    }
  };
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        queue.push(target);
      }
      next();
    },
    { rootMargin: "200px" },
  );

  const opened = (group) => {
    if (group.dataset.drawn) return;
    group.dataset.drawn = "1";
    for (const place of group.querySelectorAll("[data-series]")) seen.observe(place);
  };
  document.addEventListener(
    "toggle",
    (event) => {
      const group = event.target;
      if (!group.matches?.("details[data-group]")) return;
      keep(group.dataset.group, group.open);
      if (group.open) opened(group);
    },
    true,
  );
  const restore = () => {
    const names = open();
    for (const group of document.querySelectorAll("details[data-group]")) if (names.has(group.dataset.group)) group.open = true;
  };
  const start = () => {
    restore();
    // Search and sort replace the list: its charts are gone, its open groups are opened anew.
    new MutationObserver(() => {
      window.gavelCharts?.forget((element) => !element.isConnected);
      restore();
    }).observe(document.getElementById("results").parentElement, { childList: true });
  };
  document.addEventListener("DOMContentLoaded", start);
})();
