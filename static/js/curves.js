// How curves are looked at: smoothed, on logarithmic scales, over steps, epochs, time or tokens. Pure figures in,
// pure figures out; charts.js draws them. The choice stands in the address and is kept for the next page.
"use strict";
(() => {
  const KEPT = "gavel:curves";
  const AXES = ["step", "epoch", "time", "relative", "tokens"];
  const plain = { smooth: 0, x: "step", logx: false, logy: false };

  // Exponential moving average without the pull of its start (as TensorBoard does it): weight 0 is the raw line.
  // A thinned curve shows the lowest and highest point of each stretch; the stronger the smoothing, the more the
  // stretch's mean stands for them.
  const smoothed = (values, means, weight) => {
    let held = 0;
    let pull = 1;
    return values.map((value, at) => {
      if (value === null) return null;
      const own = (1 - weight) * value + weight * (means?.[at] ?? value);
      held = held * weight + own * (1 - weight);
      pull *= weight;
      return held / (1 - pull);
    });
  };

  const local = (ms) => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, -1);
  const span = (figure) => {
    let longest = 0;
    for (const { meta } of figure.data)
      if (meta?.axes?.at?.length) longest = Math.max(longest, meta.axes.at.at(-1) - meta.axes.start);
    return longest;
  };
  const unitOf = (figure) => {
    const seconds = span(figure) / 1000;
    if (seconds > 3 * 3600) return { name: "hours", ms: 3_600_000 };
    return seconds > 180 ? { name: "minutes", ms: 60_000 } : { name: "seconds", ms: 1000 };
  };
  const over = (steps, axes, view, unit) => {
    if (view.x === "epoch") return axes.epoch;
    if (view.x === "tokens") return axes.tokens;
    if (view.x === "time") return axes.at.map(local);
    if (view.x === "relative") return axes.at.map((at) => (at - axes.start) / unit.ms);
    return steps;
  };

  // The figure as it is looked at: its traces, changes of the axes, and how many points are not drawn and why.
  const shown = (figure, view, words) => {
    const lines = new Map();
    for (const trace of figure.data) if (trace.meta?.axes) lines.set(trace.meta.key, trace);
    if (!lines.size) return { data: figure.data, xaxis: {}, yaxis: {}, left: 0, unknown: 0 };
    const unit = unitOf(figure);
    let left = 0;
    let unknown = 0;
    const data = [];
    for (const trace of figure.data) {
      const line = lines.get(trace.meta?.key);
      if (!line) {
        data.push(trace);
        continue;
      }
      const { axes } = line.meta;
      const places = over(trace.x, axes, view, unit);
      const isLine = trace === line;
      const fresh = { ...trace, x: [], y: [] };
      const means = [];
      trace.y.forEach((value, at) => {
        const place = places[at] ?? null;
        const low = (view.logx && view.x !== "time" && place !== null && place <= 0) || (view.logy && value !== null && value <= 0);
        if (place === null || low) {
          if (isLine) place === null ? unknown++ : left++;
          return;
        }
        fresh.x.push(place);
        fresh.y.push(value);
        means.push(axes.mean?.[at]);
      });
      if (!isLine || view.smooth <= 0) {
        data.push(fresh);
        continue;
      }
      data.push({ ...fresh, opacity: 0.3, hoverinfo: "skip", meta: { ...trace.meta, part: "raw" } });
      data.push({ ...fresh, y: smoothed(fresh.y, means, view.smooth) });
    }
    const title = view.x === "relative" ? words[unit.name] : words[view.x];
    const xaxis = view.x === "step" ? {} : { title: { ...figure.layout.xaxis.title, text: title ?? view.x } };
    if (view.x === "time") xaxis.type = "date";
    else if (view.logx) xaxis.type = "log";
    return { data, xaxis, yaxis: view.logy ? { type: "log", nticks: 4 } : {}, left, unknown };
  };

  // --- the choice ----------------------------------------------------------------------------------------
  const cleaned = (found) => ({
    smooth: Math.min(0.99, Math.max(0, Number(found.smooth) || 0)),
    x: AXES.includes(found.x) ? found.x : "step",
    logx: Boolean(found.logx),
    logy: Boolean(found.logy),
  });
  const stored = () => {
    try {
      return JSON.parse(localStorage.getItem(KEPT)) ?? {};
    } catch {
      return {};
    }
  };
  const read = () => {
    const query = new URLSearchParams(location.search);
    if (!["smooth", "x", "log"].some((name) => query.has(name))) return cleaned(stored());
    const log = query.get("log") ?? "";
    return cleaned({ smooth: query.get("smooth"), x: query.get("x"), logx: log.includes("x"), logy: log.includes("y") });
  };
  const keep = (view) => {
    const address = new URL(location.href);
    const put = (name, value) => (value ? address.searchParams.set(name, value) : address.searchParams.delete(name));
    const changed = JSON.stringify(view) !== JSON.stringify(plain);
    put("smooth", view.smooth || "");
    put("x", view.x === "step" ? "" : view.x);
    put("log", `${view.logx ? "x" : ""}${view.logy ? "y" : ""}`);
    history.replaceState(history.state, "", address);
    try {
      if (changed) localStorage.setItem(KEPT, JSON.stringify(view));
      else localStorage.removeItem(KEPT);
    } catch {
      // a browser that keeps nothing: the address still does
    }
  };

  // --- controls ------------------------------------------------------------------------------------------
  const controls = () => document.querySelector("[data-curve-view]");
  const fill = (form, view) => {
    form.elements.smooth.value = view.smooth;
    form.elements.x.value = view.x;
    form.elements.logx.checked = view.logx;
    form.elements.logy.checked = view.logy;
    form.querySelector("output").textContent = view.smooth.toFixed(2);
  };
  const state = { view: controls() || document.readyState === "loading" ? read() : { ...plain }, words: {} };
  const start = () => {
    const form = controls();
    if (!form) {
      state.view = { ...plain };
      return;
    }
    state.words = { ...form.dataset };
    form.hidden = false;
    fill(form, state.view);
    form.addEventListener("input", () => {
      const { smooth, x, logx, logy } = form.elements;
      state.view = cleaned({ smooth: smooth.value, x: x.value, logx: logx.checked, logy: logy.checked });
      fill(form, state.view);
      keep(state.view);
      document.dispatchEvent(new CustomEvent("gavel:curves"));
    });
    form.addEventListener("reset", () => setTimeout(() => form.dispatchEvent(new Event("input"))));
    form.addEventListener("submit", (event) => event.preventDefault());
  };
  document.addEventListener("DOMContentLoaded", start);

  // What is not drawn, in words below the title.
  const note = (found) => {
    const said = [];
    if (found.left) said.push((state.words.left ?? "").replace("#", found.left));
    if (found.unknown) said.push((state.words.unknown ?? "").replace("#", found.unknown));
    return said.join(" ");
  };
  window.gavelCurves = { shown: (figure) => shown(figure, state.view, state.words), note, smoothed, isPlain: () => JSON.stringify(state.view) === JSON.stringify(plain) };
})();
