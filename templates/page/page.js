"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  if (!data.x) return;
  const home = document.getElementById("charts");
  const picker = document.getElementById("row");
  const curveHome = document.getElementById("curve");
  const colours = ["--a", "--b", "--c", "--d", "--e", "--f"];
  let charts = [];

  function css(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  // Judged phases are shaded, every phase begins at a line; limits are dashed.
  function decorations(limits) {
    return {
      hooks: {
        drawClear: [function (u) {
          const ctx = u.ctx, box = u.bbox;
          ctx.save();
          ctx.beginPath();
          ctx.rect(box.left, box.top, box.width, box.height);
          ctx.clip();
          ctx.fillStyle = css("--shade");
          for (const [, begin, end, , judged] of data.phases) {
            if (!judged) continue;
            const left = u.valToPos(begin, "x", true), right = u.valToPos(end, "x", true);
            ctx.fillRect(left, box.top, right - left, box.height);
          }
          ctx.restore();
        }],
        draw: [function (u) {
          const ctx = u.ctx, box = u.bbox;
          ctx.save();
          ctx.setLineDash([6, 4]);
          ctx.strokeStyle = css("--fail");
          for (const [, value] of limits) {
            const y = u.valToPos(value, "y", true);
            if (y < box.top) continue;
            ctx.beginPath();
            ctx.moveTo(box.left, y);
            ctx.lineTo(box.left + box.width, y);
            ctx.stroke();
          }
          ctx.restore();
        }],
      },
    };
  }

  function axis(name) {
    return { stroke: css("--soft"), grid: { stroke: css("--edge"), width: 1 }, ticks: { stroke: css("--edge") }, label: name,
             labelSize: name ? 18 : 0, size: name ? 44 : 58 };
  }

  function seconds(value) {
    if (value == null) return "";
    const minutes = Math.floor(value / 60);
    return (minutes ? minutes + " min " : "") + Math.round((value - 60 * minutes) * 10) / 10 + " s";
  }

  // A limit that is near is shown with the values; one far above them would press them flat.
  function top(high, limits, least) {
    return Math.max(high * 1.08, least, ...limits.filter((value) => value <= 3 * high).map((value) => value * 1.05));
  }

  function chart(into, title, unit, names, values, options) {
    options = options || {};
    const holder = document.createElement("div");
    holder.className = "chart";
    holder.setAttribute("role", "img");
    holder.setAttribute("aria-label", title + "; the figures stand in the tables of this page");
    into.appendChild(holder);
    const limits = (options.limits || []).map(([, value]) => value);
    const series = [{ label: options.x || "time", value: (u, v) => (options.x ? (v == null ? "" : v + "") : seconds(v)) }];
    names.forEach((name, number) => series.push({
      label: name, stroke: css(colours[number % colours.length]), width: 1.5, spanGaps: false,
      points: { size: 4, show: options.points }, value: (u, v) => (v == null ? "–" : v + (unit ? " " + unit : "")),
    }));
    const made = new uPlot({
      title: title + (unit ? ", " + unit : ""), width: Math.max(320, into.clientWidth), height: options.height || 190,
      scales: { x: { time: false }, y: { range: (u, low, high) => [0, top(high, options.x ? [] : limits, options.least || 1e-6)] } },
      cursor: options.x ? {} : { sync: { key: "run" } }, axes: [axis(options.x || ""), axis("")], series: series,
      plugins: [options.x ? decorationsOfCurve(options.limits || []) : decorations(options.limits || [])],
    }, [options.over || data.x, ...values], holder);
    charts.push({ made: made, into: into, curve: Boolean(options.x) });
  }

  // In the distribution x is the latency: a limit is an upright line.
  function decorationsOfCurve(limits) {
    return { hooks: { draw: [function (u) {
      const ctx = u.ctx, box = u.bbox;
      ctx.save();
      ctx.setLineDash([6, 4]);
      ctx.strokeStyle = css("--fail");
      for (const [, value] of limits) {
        const x = u.valToPos(value, "x", true);
        if (x > box.left + box.width) continue;
        ctx.beginPath();
        ctx.moveTo(x, box.top);
        ctx.lineTo(x, box.top + box.height);
        ctx.stroke();
      }
      ctx.restore();
    }] } };
  }

  function gauges(title, unit, names) {
    const there = names.filter(([, key]) => data.gauges[key]);
    if (there.length) chart(home, title, unit, there.map(([name]) => name), there.map(([, key]) => data.gauges[key]), { least: 1 });
  }

  function build() {
    charts.forEach((one) => one.made.destroy());
    charts = [];
    home.textContent = curveHome.textContent = "";
    const row = data.rows[picker.value];
    const [users, ...others] = data.panels;
    gauges(...users);
    if (row) {
      chart(home, picker.value, "ms", ["p50", "p95", "p99"], [row.p50, row.p95, row.p99], { limits: row.limits, points: true });
      chart(home, picker.value + " in " + data.bin + " s", "", ["succeeded", "failed"], [row.ok, row.failed], { height: 140 });
    }
    const kinds = Object.keys(data.failures);
    if (kinds.length) chart(home, "Failures by kind in " + data.bin + " s", "", kinds, kinds.map((kind) => data.failures[kind]));
    others.forEach((panel) => gauges(...panel));
    if (row && row.curve.length) {
      const over = [], share = [];
      for (const [level, value] of row.curve) {
        if (over.length && value <= over[over.length - 1]) { share[share.length - 1] = Math.round(1000 * level) / 10; continue; }
        over.push(value);
        share.push(Math.round(1000 * level) / 10);
      }
      if (over.length > 1) chart(curveHome, "Distribution of " + picker.value + ": % within", "", ["%"], [share],
        { x: "ms", over: over, limits: row.limits, height: 220 });
    }
  }

  function zoomOut() {
    charts.filter((one) => !one.curve).forEach((one) => one.made.setScale("x", { min: data.x[0], max: data.x[data.x.length - 1] }));
  }

  for (const name of Object.keys(data.rows)) {
    const option = document.createElement("option");
    option.value = option.textContent = name;
    picker.appendChild(option);
  }
  if (data.first) picker.value = data.first;
  document.getElementById("controls").hidden = false;
  picker.addEventListener("change", build);
  document.getElementById("reset").addEventListener("click", zoomOut);
  window.addEventListener("resize", () => charts.forEach((one) => one.made.setSize({ width: Math.max(320, one.into.clientWidth),
    height: one.made.height })));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", build);
  build();
})();
