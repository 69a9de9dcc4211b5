// Draws the page's Plotly figures, repaints them with the theme, and follows live series.
"use strict";
(() => {
  const { Plotly } = window;
  const ONE_SECOND = 1000;
  const POLL_EVERY = 2 * ONE_SECOND;

  // Plotly cannot read oklch: a token is painted on one pixel and read back as sRGB.
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  const probe = document.createElement("span");
  probe.hidden = true;
  const painted = (token) => {
    // var() and light-dark() are resolved by the browser on a real element first.
    probe.style.color = `var(${token})`;
    const colour = getComputedStyle(probe).color;
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = "#888";
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
    return `rgba(${r},${g},${b},${(a / 255).toFixed(3)})`;
  };
  const resolve = (value) => {
    if (typeof value === "string") return value.startsWith("token:") ? painted(value.slice(6)) : value;
    if (Array.isArray(value)) return value.map(resolve);
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, resolve(inner)]));
    return value;
  };

  const chinese = document.documentElement.lang.startsWith("zh");
  if (chinese)
    Plotly?.register({
      moduleType: "locale",
      name: "zh-CN",
      dictionary: {},
      format: {
        days: ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
        shortDays: ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
        months: Array.from({ length: 12 }, (_, month) => `${month + 1} 月`),
        shortMonths: Array.from({ length: 12 }, (_, month) => `${month + 1} 月`),
        date: "%Y-%m-%d",
      },
    });
  const config = { displayModeBar: false, responsive: true, locale: chinese ? "zh-CN" : "en", displaylogo: false };

  const charts = [];

  // The line's name stands at its end instead of in a legend.
  const endLabels = (chart, data, { xaxis, yaxis }) => {
    const lines = data.filter((trace) => trace.meta?.part === "line" && trace.x.length);
    const values = lines.map((trace) => trace.y.findLast((value) => value !== null));
    const all = data.flatMap((trace) => trace.y ?? []).filter((value) => value !== null);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    // Ends close together: from the top down each label steps below the one before, in pixels.
    const height = Math.max(60, chart.plot.getBoundingClientRect().height - 60);
    // On a logarithmic scale an annotation stands at the exponent, and so do distances.
    const logy = yaxis.type === "log";
    const scaled = (value) => (logy ? Math.log10(value) : value);
    const room = height / (scaled(high) - scaled(low) || 1);
    const shift = [];
    let taken = -Infinity;
    for (const index of lines.map((_, at) => at).sort((a, b) => values[b] - values[a])) {
      const own = (scaled(high) - scaled(values[index])) * room;
      taken = Math.max(own, taken + 14);
      shift[index] = own - taken;
    }
    return lines.map((trace, index) => {
      return {
        x: xaxis.type === "log" ? Math.log10(trace.x.at(-1)) : trace.x.at(-1),
        y: scaled(values[index]),
        xanchor: "left",
        yanchor: "middle",
        yshift: shift[index],
        xshift: 6,
        showarrow: false,
        text: `${trace.meta.label} ${figures(values[index])}`.replace("<", "&lt;"),
        font: { size: 11, color: "token:--fg" },
      };
    });
  };
  const figures = (value) => {
    if (value === undefined) return "";
    const text = Number.isInteger(value) ? String(value) : value.toPrecision(3);
    return text.replace("-", "\u2212");
  };

  // Labels would widen Plotly's own range; steps run from the first to the last instead.
  const span = (xaxis, data) => {
    const all = data.flatMap((trace) => trace.x);
    if (xaxis.range || xaxis.type === "log" || all.length < 2 || !all.every(Number.isFinite)) return {};
    return { range: [Math.min(...all), Math.max(...all)] };
  };
  // A curve may be looked at smoothed, over another axis, on logarithmic scales (curves.js).
  const looked = (chart) =>
    window.gavelCurves?.shown(chart.figure) ?? { data: chart.figure.data, xaxis: {}, yaxis: {} };
  const layoutOf = (chart, view) => {
    const axes = {
      xaxis: { ...chart.figure.layout.xaxis, ...view.xaxis },
      yaxis: { ...chart.figure.layout.yaxis, ...view.yaxis },
    };
    const labels = endLabels(chart, view.data, axes);
    const fixed = chart.figure.layout.annotations ?? [];
    const longest = Math.max(0, ...labels.map((label) => label.text.length));
    const right = labels.length ? Math.min(150, 16 + longest * 5.6) : chart.figure.layout.margin.r;
    const xaxis = { ...axes.xaxis, ...(labels.length ? span(axes.xaxis, view.data) : {}) };
    const { width } = chart.plot.getBoundingClientRect();
    return resolve({
      ...chart.figure.layout,
      xaxis,
      yaxis: axes.yaxis,
      annotations: [...fixed, ...labels],
      margin: { ...chart.figure.layout.margin, r: Math.min(right, width * 0.35) },
      font: { ...chart.figure.layout.font, family: getComputedStyle(document.body).fontFamily },
      height: chart.plot.clientHeight || 220,
    });
  };
  const draw = (chart) => {
    const view = looked(chart);
    tell(chart, view);
    return Plotly.react(chart.plot, resolve(view.data), layoutOf(chart, view), config);
  };
  const tell = (chart, view) => {
    const text = window.gavelCurves?.note(view) ?? "";
    let place = chart.element.querySelector("figcaption .left-out");
    if (!place && text) {
      place = document.createElement("span");
      place.className = "left-out";
      place.setAttribute("role", "status");
      chart.element.querySelector("figcaption").append(place);
    }
    if (place) place.textContent = text;
  };

  // --- live series ---------------------------------------------------------------------------------------
  // One request serves every chart with the same address; the cursor is the server's, never a clock.
  const polls = new Map();
  const add = (chart, points, axes) => {
    let grew = false;
    chart.figure.data.forEach((trace) => {
      const fresh = points[trace.meta?.key];
      if (!fresh?.length) return;
      const column = { line: 1, low: 2, high: 3 }[trace.meta.part];
      for (const point of fresh) {
        trace.x.push(point[0]);
        trace.y.push(point[column] ?? null);
      }
      if (trace.meta.axes) beside(trace.meta.axes, fresh, axes[trace.meta.key] ?? []);
      grew = true;
    });
    if (!grew) return;
    if (window.gavelCurves?.isPlain() ?? true) extend(chart, points);
    else draw(chart);
    tableRows(chart, points);
  };
  const beside = (axes, fresh, found) => {
    fresh.forEach((point, at) => {
      const [epoch, ms, tokens] = found[at] ?? [];
      axes.epoch.push(epoch ?? null);
      axes.at.push(ms ?? axes.at.at(-1) ?? axes.start);
      axes.start ||= axes.at[0];
      axes.tokens.push(tokens ?? null);
      axes.mean.push(point[1] ?? null);
    });
  };
  const extend = (chart, points) => {
    const update = { x: [], y: [] };
    const indexes = [];
    chart.figure.data.forEach((trace, index) => {
      const fresh = points[trace.meta?.key];
      if (!fresh?.length) return;
      const column = { line: 1, low: 2, high: 3 }[trace.meta.part];
      update.x.push(fresh.map((point) => point[0]));
      update.y.push(fresh.map((point) => point[column] ?? null));
      indexes.push(index);
    });
    Plotly.extendTraces(chart.plot, update, indexes);
    const { annotations, xaxis } = layoutOf(chart, looked(chart));
    Plotly.relayout(chart.plot, xaxis.range ? { annotations, "xaxis.range": xaxis.range } : { annotations });
  };
  const tableRows = (chart, points) => {
    const body = chart.element.querySelector(".twin tbody");
    const keys = chart.figure.data.filter((trace) => trace.meta?.part === "line").map((trace) => trace.meta.key);
    keys.forEach((key, place) => {
      for (const point of points[key] ?? []) {
        const row = body.insertRow();
        const head = document.createElement("th");
        head.scope = "row";
        head.textContent = point[0];
        row.append(head);
        keys.forEach((_, cell) => {
          const field = row.insertCell();
          field.className = "num";
          if (cell === place) field.textContent = figures(point[1]);
        });
      }
    });
  };

  const ask = async (url, poll) => {
    if (document.hidden) return true;
    const address = new URL(url, location.href);
    address.searchParams.set("after", poll.after);
    const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (answer.status === 204) return true;
    if (!answer.ok) return answer.status >= 500; // signed out or gone: asking again would not help
    const body = await answer.json();
    poll.after = body.cursor ?? poll.after;
    for (const chart of poll.charts) add(chart, body.points ?? {}, body.axes ?? {});
    if (answer.status === 286) document.dispatchEvent(new CustomEvent("gavel:finished", { detail: { url } }));
    return answer.status !== 286;
  };
  const follow = (url, poll) => {
    let wait = POLL_EVERY;
    const round = async () => {
      let more = true;
      try {
        more = await ask(url, poll);
        wait = POLL_EVERY;
      } catch {
        wait = Math.min(wait * 2, 30 * ONE_SECOND); // the network is away: ask less often, never give up
      }
      if (more) setTimeout(round, wait);
      else for (const chart of poll.charts) chart.element.removeAttribute("data-live");
    };
    setTimeout(round, POLL_EVERY);
  };

  // --- start ---------------------------------------------------------------------------------------------
  const start = () => {
    document.body.append(probe);
    for (const element of document.querySelectorAll("[data-chart]")) {
      const plot = element.querySelector(".plot");
      if (!Plotly) {
        element.querySelector("details").open = true; // without the library the table is the chart
        continue;
      }
      const figure = JSON.parse(element.querySelector('script[type="application/json"]').textContent);
      const chart = { element, plot, figure };
      charts.push(chart);
      draw(chart);
      if (!figure.live.url) continue;
      element.dataset.live = "";
      const poll = polls.get(figure.live.url) ?? { after: figure.live.after, charts: [] };
      poll.after = Math.min(poll.after, figure.live.after);
      poll.charts.push(chart);
      polls.set(figure.live.url, poll);
    }
    polls.forEach((poll, url) => follow(url, poll));
  };
  const redraw = () => charts.forEach(draw);
  document.addEventListener("gavel:theme", redraw);
  document.addEventListener("gavel:curves", redraw);
  // Charts that come later: metrics.js fetches them one by one.
  window.gavelCharts = {
    show: (element, figure) => {
      if (!Plotly) return;
      const chart = { element, plot: element.querySelector(".plot"), figure };
      charts.push(chart);
      draw(chart);
    },
    forget: (gone) => {
      for (let at = charts.length - 1; at >= 0; at--) if (gone(charts[at].element)) charts.splice(at, 1);
    },
  };
  document.addEventListener("DOMContentLoaded", start);
})();
