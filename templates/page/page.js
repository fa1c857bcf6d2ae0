"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  if (!data.x) return;
  const home = document.getElementById("charts");
  const curveHome = document.getElementById("curve");
  const pickers = [document.getElementById("row"), document.getElementById("row-again")];
  const slider = document.getElementById("at");
  const reading = document.getElementById("reading");
  const colours = ["--a", "--b", "--c", "--d", "--e", "--f"];
  const paper = 680; // CSS pixels of a line of A4 between its margins
  const end = data.x[data.x.length - 1] + data.bin;
  let charts = [];
  let width = 0; // of every chart while the page is printed; 0: as wide as the page

  function css(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function seconds(value) {
    if (value == null) return "";
    const minutes = Math.floor(value / 60);
    return (minutes ? minutes + " min " : "") + Math.round((value - 60 * minutes) * 10) / 10 + " s";
  }

  function wide(into) {
    return width || Math.max(320, into.clientWidth);
  }

  // What is drawn around the lines of a chart, clipped to it.
  function around(u, draw) {
    const ctx = u.ctx, box = u.bbox;
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.left, box.top, box.width, box.height);
    ctx.clip();
    ctx.font = Math.round(11 * devicePixelRatio) + "px system-ui, sans-serif";
    draw(ctx, box);
    ctx.restore();
  }

  function shade(u, ctx, box, begin, to, colour) {
    const left = u.valToPos(begin, "x", true), right = u.valToPos(to, "x", true);
    ctx.fillStyle = css(colour);
    ctx.fillRect(left, box.top, right - left, box.height);
  }

  function line(ctx, fromX, fromY, toX, toY, colour, dash) {
    ctx.setLineDash(dash);
    ctx.strokeStyle = css(colour);
    ctx.beginPath();
    ctx.moveTo(fromX, fromY);
    ctx.lineTo(toX, toY);
    ctx.stroke();
  }

  // Judged phases and outages are shaded, moments are upright lines, limits dashed ones.
  function overTime(limits, named) {
    return { hooks: {
      drawClear: [(u) => around(u, (ctx, box) => {
        for (const [, begin, to, , judged] of data.phases) if (judged) shade(u, ctx, box, begin, to, "--shade");
        for (const [begin, to] of data.away) shade(u, ctx, box, begin, to, "--away");
      })],
      draw: [(u) => around(u, (ctx, box) => {
        for (const [, value] of limits) {
          const y = u.valToPos(value, "y", true);
          line(ctx, box.left, y, box.left + box.width, y, "--fail", [6, 4]);
        }
        data.moments.forEach(([at, text], number) => {
          const x = u.valToPos(at, "x", true);
          line(ctx, x, box.top, x, box.top + box.height, "--ink", [2, 3]);
          if (named) label(ctx, box, x, text, number);
        });
      })],
    } };
  }

  function label(ctx, box, x, text, number) {
    const room = ctx.measureText(text).width + 8 * devicePixelRatio;
    const left = x + room > box.left + box.width ? x - room : x + 4 * devicePixelRatio;
    ctx.fillStyle = css("--ink");
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    ctx.fillText(text, left, box.top + (14 + 13 * (number % 4)) * devicePixelRatio);
  }

  // In the distribution x is the latency: limits are upright lines, the judged value's interval is shaded.
  function overLatency(limits, interval) {
    return { hooks: {
      drawClear: [(u) => around(u, (ctx, box) => interval && shade(u, ctx, box, interval[0], interval[1], "--shade"))],
      draw: [(u) => around(u, (ctx, box) => limits.forEach(([, value]) => {
        const x = u.valToPos(value, "x", true);
        line(ctx, x, box.top, x, box.top + box.height, "--fail", [6, 4]);
      }))],
    } };
  }

  // A limit that is near is shown with the values; one far above them would press them flat.
  function top(high, limits, least) {
    return Math.max(high * 1.08, least, ...limits.filter((value) => value <= 3 * high).map((value) => value * 1.05));
  }

  function written(value) {
    return value.toLocaleString("en", { maximumFractionDigits: 3 }).replace(/,/g, "\u202f");
  }

  function clock(value) {
    return Math.floor(value / 60) + ":" + String(Math.round(value % 60)).padStart(2, "0");
  }

  function axis(size, values, name) {
    return { stroke: css("--soft"), grid: { stroke: css("--edge"), width: 1 }, ticks: { stroke: css("--edge") }, label: name || "",
             labelSize: name ? 18 : 0, size: size, values: (u, splits) => splits.map(values) };
  }

  // Below and to the left of every chart over time.
  function timeAxes() {
    return [axis(28, end > 180 ? clock : written), axis(58, written)];
  }

  function holderIn(into, title) {
    const holder = document.createElement("div");
    holder.className = "chart";
    holder.setAttribute("role", "img");
    holder.setAttribute("aria-label", title + "; the figures stand in the tables of this page");
    into.appendChild(holder);
    return holder;
  }

  function plot(into, kind, title, options, values) {
    const holder = holderIn(into, title);
    const made = new uPlot(Object.assign({ title: title, width: wide(into), height: 190 }, options), values, holder);
    charts.push({ made: made, into: into, kind: kind });
  }

  function lineOf(name, number, unit, more) {
    return Object.assign({ label: name, stroke: css(colours[number % colours.length]), width: 1.5, spanGaps: false,
      value: (u, v) => (v == null ? "–" : v + (unit ? " " + unit : "")) }, more);
  }

  const byTime = { label: "time", value: (u, v) => seconds(v) };

  function overTimeChart(title, unit, names, values, options) {
    options = options || {};
    const limits = options.limits || [];
    plot(home, "time", title + (unit ? ", " + unit : ""), {
      height: options.height || 190,
      scales: { x: { time: false }, y: { range: (u, low, high) => [0, top(high, limits.map(([, value]) => value), options.least || 1e-6)] } },
      cursor: { sync: { key: "run" } }, axes: timeAxes(), plugins: [overTime(limits, options.named)],
      series: [byTime, ...names.map((name, number) => lineOf(name, number, unit, { points: { size: 4, show: options.points } }))],
      bands: options.band ? [{ series: [names.length, 1], fill: css("--band") }] : [],
    }, [data.x, ...values]);
  }

  function gauges(title, unit, names, named) {
    const there = names.filter(([, key]) => data.gauges[key]);
    if (there.length) overTimeChart(title, unit, there.map(([name]) => name), there.map(([, key]) => data.gauges[key]),
      { least: 1, named: named });
  }

  function distribution(name, row) {
    const over = [], share = [];
    row.curve.forEach((value, number) => {
      const percent = Math.round(1000 * data.levels[number]) / 10;
      if (over.length && value <= over[over.length - 1]) share[share.length - 1] = percent;
      else { over.push(value); share.push(percent); }
    });
    if (over.length < 2) return;
    plot(curveHome, "curve", "Distribution of " + name + ": % within" + (row.interval ? "; shaded: the judged value's interval" : ""), {
      height: 220, scales: { x: { time: false, range: (u, low, high) => [0, top(high, row.limits.map(([, value]) => value), 0)] }, y: { range: [0, 100] } },
      axes: [axis(44, written, "ms"), axis(58, written)], plugins: [overLatency(row.limits, row.interval)],
      series: [{ label: "ms", value: (u, v) => (v == null ? "" : v + "") }, lineOf("%", 0, "%", { points: { show: false } })],
    }, [over, share]);
  }

  function slowest(name, row) {
    if (!row.slowest.length) return;
    const limits = row.limits;
    plot(curveHome, "slowest", "Slowest operations of " + name + ", ms", {
      height: 180, axes: timeAxes(), plugins: [overTime(limits, false)],
      scales: { x: { time: false, range: [0, end] }, y: { range: (u, low, high) => [0, top(high, limits.map(([, value]) => value), 1e-6)] } },
      series: [byTime, lineOf("took", 4, "ms", { paths: () => null, points: { show: true, size: 7, fill: css("--e") } })],
    }, [row.slowest.map(([at]) => at), row.slowest.map(([, took]) => took)]);
  }

  function build() {
    charts.forEach((one) => one.made.destroy());
    charts = [];
    home.textContent = curveHome.textContent = "";
    const name = pickers[0].value, row = data.rows[name];
    const [users, ...others] = data.panels;
    gauges(...users, true);
    if (row) {
      overTimeChart(name, "ms", ["p50", "p95", "p99"], [row.p50, row.p95, row.p99], { limits: row.limits, points: true, band: true });
      overTimeChart(name + " in " + data.bin + " s", "", ["succeeded", "failed"], [row.ok, row.failed], { height: 140 });
    }
    const kinds = Object.keys(data.failures);
    if (kinds.length) overTimeChart("Failures by kind in " + data.bin + " s", "", kinds, kinds.map((kind) => data.failures[kind]));
    others.forEach((panel) => gauges(...panel));
    if (row) {
      distribution(name, row);
      slowest(name, row);
    }
    read(Number(slider.value));
  }

  // The moment of the slider in words, for who cannot point at a chart.
  function read(place) {
    const row = data.rows[pickers[0].value];
    const said = [seconds(data.x[place])];
    for (const [title, , names] of data.panels.slice(0, 1))
      for (const [name, key] of names) if (data.gauges[key] && data.gauges[key][place] != null) said.push(data.gauges[key][place] + " " + name);
    if (row) {
      said.push(row.ok[place] + " succeeded, " + row.failed[place] + " failed");
      if (row.p95[place] != null) said.push("p50 " + row.p50[place] + " ms, p95 " + row.p95[place] + " ms, p99 " + row.p99[place] + " ms");
    }
    reading.textContent = said.join(" · ");
    slider.setAttribute("aria-valuetext", reading.textContent);
  }

  function moveTo(place) {
    charts.filter((one) => one.kind === "time").forEach((one) => one.made.setCursor(
      { left: one.made.valToPos(data.x[place], "x"), top: one.made.over.clientHeight / 2 }, false, false));
    read(place);
  }

  function zoomOut() {
    charts.filter((one) => one.kind === "time").forEach((one) => one.made.setScale("x", { min: data.x[0], max: data.x[data.x.length - 1] }));
  }

  function pick(event) {
    pickers.forEach((one) => { one.value = event.target.value; });
    build();
  }

  function resize() {
    charts.forEach((one) => one.made.setSize({ width: wide(one.into), height: one.made.height }));
  }

  function printing(is) {
    document.documentElement.classList.toggle("print", is);
    width = is ? paper : 0;
    build();
  }

  for (const picker of pickers) {
    for (const name of Object.keys(data.rows)) picker.add(new Option(name, name));
    if (data.first) picker.value = data.first;
    picker.addEventListener("change", pick);
  }
  slider.max = data.x.length - 1;
  slider.addEventListener("input", () => moveTo(Number(slider.value)));
  for (const id of ["controls", "row-controls", "hint"]) document.getElementById(id).hidden = false;
  document.getElementById("reset").addEventListener("click", zoomOut);
  window.addEventListener("resize", resize);
  window.addEventListener("beforeprint", () => printing(true));
  window.addEventListener("afterprint", () => printing(false));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", build);
  build();
})();
