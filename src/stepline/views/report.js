(() => {
  "use strict";
  const figure = document.getElementById("figure");
  const svg = figure && figure.querySelector("svg");
  if (!svg) return;
  document.documentElement.classList.add("js");
  const readout = document.getElementById("readout");
  const tools = document.getElementById("tools");
  const NS = svg.namespaceURI;
  const canvas = svg.querySelector("g");
  const size = svg.getAttribute("viewBox").split(/\s+/).map(Number);
  const edge = Number(figure.dataset.edge);
  const left = Number(figure.dataset.left);
  const right = size[2] - 3 * edge;
  const groups = [...svg.querySelectorAll(".lane, .panel, .row")];
  const marks = [...svg.querySelectorAll(".mark")];
  const WHOLE = ".tick, .band, .stop";
  let view = [left, right];

  // ---- places: where each shape stood when the page was drawn

  const boxes = new Map();
  const number = (node, name) => Number(node.getAttribute(name));
  const boxOf = (node) => {
    const b = node.getBBox();
    return { from: b.x, to: b.x + b.width, y: b.y, middle: b.x + b.width / 2, width: b.width };
  };
  const at = (x) => left + ((x - view[0]) * (right - left)) / (view[1] - view[0]);
  const moves = [];
  const remember = (node, names) => names.map((name) => [name, number(node, name)]);
  function rigid(node, anchor) {
    moves.push(() => {
      const by = at(anchor) - anchor;
      if (by) node.setAttribute("transform", `translate(${by.toFixed(1)} 0)`);
      else node.removeAttribute("transform");
    });
  }
  function stretched(node) {
    if (node.tagName === "line") {
      const ends = remember(node, ["x1", "x2"]);
      moves.push(() => ends.forEach(([name, x]) => node.setAttribute(name, at(x).toFixed(1))));
    } else if (node.tagName === "rect") {
      const x = number(node, "x"), wide = number(node, "width");
      moves.push(() => {
        node.setAttribute("x", at(x).toFixed(1));
        node.setAttribute("width", Math.max(0, at(x + wide) - at(x)).toFixed(1));
      });
    } else if (node.tagName === "polygon" || node.tagName === "polyline") {
      const points = node.getAttribute("points").split(" ").map((p) => p.split(",").map(Number));
      moves.push(() => node.setAttribute(
        "points", points.map(([x, y]) => `${at(x).toFixed(1)},${y}`).join(" ")));
    } else rigid(node, boxes.get(node).middle);
  }
  // The label of a bar stays in sight while enough of the bar does; that of a glyph goes with it.
  function lettering(node, bar, anchor) {
    const own = boxes.get(node);
    moves.push(() => {
      const place = bar ? at(own.from) : at(anchor);
      const kept = bar && place < left + 3 && at(bar.to) - left - 6 > own.width;
      const by = kept ? left + 3 - own.from : place - (bar ? own.from : anchor);
      if (Math.abs(by) > 0.05) node.setAttribute("transform", `translate(${by.toFixed(1)} 0)`);
      else node.removeAttribute("transform");
      node.style.visibility = !bar && (place < left || place > right) ? "hidden" : "";
    });
  }
  const shapes = "line, rect, polygon, polyline, circle, path, text";
  function layOut(mark) {
    const box = boxes.get(mark);
    if (mark.matches(WHOLE)) return rigid(mark, box.middle);
    const glyph = mark.querySelector("circle, polygon");
    const whole = mark.matches(".bar, .step, .curve");
    mark.querySelectorAll(shapes).forEach((node) => {
      const own = boxes.get(node);
      if (node.closest(".arrow")) rigid(node, boxes.get(node.closest(".arrow")).from);
      else if (node.tagName === "text") lettering(node, whole ? box : null, glyph ? boxes.get(glyph).middle : own.from);
      else if (whole || node.tagName === "line") stretched(node);
      else rigid(node, own.middle);
    });
  }
  svg.querySelectorAll(`${shapes}, .mark, .arrow, .lane, .panel, .row`).forEach((node) => {
    boxes.set(node, boxOf(node));
  });
  marks.forEach(layOut);
  svg.querySelectorAll(".grid line, .phases rect, .axis text").forEach(stretched);
  svg.querySelectorAll(".joint").forEach(stretched);
  svg.querySelectorAll(".as-of").forEach((label) => rigid(label, Number(label.dataset.at)));

  const clip = document.createElementNS(NS, "clipPath");
  const pane = document.createElementNS(NS, "rect");
  clip.id = "pane";
  Object.entries({ x: left - 2, y: 0, width: right - left + 4, height: size[3] * 2 })
    .forEach(([name, value]) => pane.setAttribute(name, value));
  clip.append(pane);
  canvas.append(clip);
  function clipped() {
    const zoomed = view[0] !== left || view[1] !== right;
    svg.querySelectorAll(".mark, .joint, .grid, .phases, .axis").forEach((node) => {
      // A clip moves with its element; a mark that moves as a whole is hidden as a whole instead.
      const moved = node.matches(WHOLE);
      const x = at((boxes.get(node) || { middle: left }).middle);
      if (moved) node.style.visibility = x < left || x > right ? "hidden" : "";
      else if (zoomed) node.setAttribute("clip-path", "url(#pane)");
      else node.removeAttribute("clip-path");
    });
    svg.querySelectorAll(".as-of").forEach((label) => {
      const x = at(Number(label.dataset.at));
      label.style.visibility = x < left || x > right ? "hidden" : "";
    });
  }

  // ---- days on the axis, where the figure is dated and the months that were drawn are too few

  const DAY = 86400000;
  const dated = figure.dataset.first && {
    from: Date.parse(figure.dataset.first), to: Date.parse(figure.dataset.last),
    zero: Number(figure.dataset.zero), end: Number(figure.dataset.end),
  };
  const placeOfDay = (day) =>
    dated.zero + ((day - dated.from) / (dated.to - dated.from)) * (dated.end - dated.zero);
  const dayAt = (x) =>
    dated.from + ((x - dated.zero) / (dated.end - dated.zero)) * (dated.to - dated.from);
  const axes = [...svg.querySelectorAll(".axis")];
  function days() {
    svg.querySelectorAll(".day").forEach((node) => node.remove());
    if (!dated || (view[0] === left && view[1] === right)) return;
    const first = Math.max(dated.from, dayAt(view[0])), last = Math.min(dated.to, dayAt(view[1]));
    const step = [1, 2, 7, 14].find((days) => (last - first) / DAY / days <= 12);
    if (!step) return;
    axes.forEach((axis) => {
      const labels = [...axis.querySelectorAll("text")];
      const taken = labels.map((node) => at(boxes.get(node).middle));
      for (let day = Math.ceil(first / DAY / step) * step * DAY; day <= last; day += step * DAY) {
        const x = at(placeOfDay(day));
        if (x < left + 14 || x > right - 14 || taken.some((one) => Math.abs(one - x) < 44)) continue;
        const made = labels[0].cloneNode();
        made.setAttribute("class", "day");
        made.removeAttribute("transform");
        made.setAttribute("text-anchor", "middle");
        made.setAttribute("x", x.toFixed(1));
        made.textContent = new Date(day).toISOString().slice(5, 10);
        axis.append(made);
      }
    });
  }
  function zoom(from, to) {
    const least = (right - left) / 60;
    let wide = Math.min(right - left, Math.max(least, to - from));
    const start = Math.max(left, Math.min(right - wide, from));
    view = wide > (right - left) * 0.995 ? [left, right] : [start, start + wide];
    moves.forEach((move) => move());
    clipped();
    days();
    guide.setAttribute("visibility", "hidden");
  }
  function zoomBy(factor, around) {
    const centre = around === undefined ? (view[0] + view[1]) / 2 : around;
    zoom(centre - (centre - view[0]) * factor, centre + (view[1] - centre) * factor);
  }
  const panBy = (share) => {
    const by = (view[1] - view[0]) * share;
    zoom(view[0] + by, view[1] + by);
  };

  // ---- pointing: one line through every lane and panel, and what lies under it

  const guide = document.createElementNS(NS, "line");
  Object.entries({ stroke: "#1d2733", "stroke-width": 0.8, "stroke-dasharray": "4 3", y1: 20,
    y2: size[3], visibility: "hidden", "pointer-events": "none" })
    .forEach(([name, value]) => guide.setAttribute(name, value));
  canvas.append(guide);
  const swept = document.createElementNS(NS, "rect");
  Object.entries({ fill: "#0072B2", "fill-opacity": 0.14, y: 20, height: size[3],
    visibility: "hidden", "pointer-events": "none" })
    .forEach(([name, value]) => swept.setAttribute(name, value));
  canvas.append(swept);

  const placeOf = (event) => {
    const r = svg.getBoundingClientRect();
    return ((event.clientX - r.left) / r.width) * size[2] - edge;
  };
  const back = (x) => view[0] + ((x - left) * (view[1] - view[0])) / (right - left);
  const titleOf = (mark) => mark.querySelector(":scope > title").textContent;
  const nameOf = (group) => group && group.dataset.name;
  function read(lines) {
    const list = document.createElement("ul");
    lines.slice(0, 16).forEach((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      list.append(item);
    });
    if (lines.length > 16) list.lastChild.textContent += ` … and ${lines.length - 16} more`;
    readout.replaceChildren(list);
  }
  function under(x) {
    const near = ((view[1] - view[0]) / (right - left)) * 3;
    const here = back(x);
    const found = marks.filter((mark) => {
      const spot = extents.get(mark);
      return spot.from - near <= here && here <= spot.to + near && !mark.closest(".hidden");
    });
    return [...new Set(found.map(titleOf))];
  }
  // A mark lies where its shapes lie; its label may stand beside it.
  const extents = new Map(marks.map((mark) => {
    const spots = [...mark.querySelectorAll("line, rect, polygon, circle, path")]
      .filter((node) => !node.closest(".arrow")).map((node) => boxes.get(node));
    return [mark, { from: Math.min(...spots.map((s) => s.from)), to: Math.max(...spots.map((s) => s.to)) }];
  }));
  let from = null;
  svg.addEventListener("pointermove", (event) => {
    const x = placeOf(event);
    if (x < left || x > right) return;
    guide.setAttribute("x1", x);
    guide.setAttribute("x2", x);
    guide.setAttribute("visibility", "visible");
    if (from === null) return read(under(x));
    swept.setAttribute("x", Math.min(from, x));
    swept.setAttribute("width", Math.abs(x - from));
    swept.setAttribute("visibility", Math.abs(x - from) > 4 ? "visible" : "hidden");
  });
  svg.addEventListener("pointerleave", () => guide.setAttribute("visibility", "hidden"));
  svg.addEventListener("pointerdown", (event) => {
    const x = placeOf(event);
    if (event.button === 0 && x >= left && x <= right) from = x;
  });
  window.addEventListener("pointerup", (event) => {
    if (from === null) return;
    const a = back(from), b = back(Math.max(left, Math.min(right, placeOf(event))));
    from = null;
    swept.setAttribute("visibility", "hidden");
    if (Math.abs(b - a) > (view[1] - view[0]) / 60) zoom(Math.min(a, b), Math.max(a, b));
  });
  svg.addEventListener("dblclick", () => zoom(left, right));
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoomBy(event.deltaY > 0 ? 1.2 : 1 / 1.2, back(placeOf(event)));
  }, { passive: false });

  // ---- keys: the same with the figure in focus, and a walk from mark to mark

  let walked = -1;
  function walk(by) {
    const shown = marks.filter((mark) => !mark.closest(".hidden"));
    walked = (walked + by + shown.length) % shown.length;
    const spot = extents.get(shown[walked]);
    const middle = (spot.from + spot.to) / 2;
    if (middle < view[0] || middle > view[1]) zoom(middle - (view[1] - view[0]) / 2, middle + (view[1] - view[0]) / 2);
    ["x1", "x2"].forEach((name) => guide.setAttribute(name, at(middle)));
    guide.setAttribute("visibility", "visible");
    read([titleOf(shown[walked])]);
  }
  const keys = {
    "+": () => zoomBy(1 / 1.5), "=": () => zoomBy(1 / 1.5), "-": () => zoomBy(1.5),
    "0": () => zoom(left, right), Escape: () => { zoom(left, right); mark([], null); },
    ArrowLeft: () => panBy(-0.2), ArrowRight: () => panBy(0.2), n: () => walk(1), p: () => walk(-1),
  };
  figure.tabIndex = 0;
  figure.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  // ---- tools: zoom for a mouse or a finger, and which lanes to show

  function button(label, says, act) {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", textContent: label, title: says, onclick: act });
    made.setAttribute("aria-label", says);
    tools.append(made);
  }
  button("+", "Zoom in", keys["+"]);
  button("−", "Zoom out", keys["-"]);
  button("←", "Earlier", keys.ArrowLeft);
  button("→", "Later", keys.ArrowRight);
  button("whole", "Show the whole course", keys["0"]);

  const tops = groups.map((group) => boxes.get(group).y);
  const after = [...svg.querySelectorAll(".axis.below, .legend, .axis-title"), ...loose()];
  const foot = Math.min(...after.map((node) => node.getBBox().y));
  const heights = groups.map((_, n) => (n + 1 < tops.length ? tops[n + 1] : foot) - tops[n]);
  const tall = [...svg.querySelectorAll(".grid line")].map((node) => [node, "y2", number(node, "y2")])
    .concat([...svg.querySelectorAll(".phases rect")].map((node) => [node, "height", number(node, "height")]));
  function loose() {
    return [...canvas.children].filter((node) => node.tagName === "text");
  }
  function collapse() {
    let gone = 0;
    groups.forEach((group, n) => {
      const hidden = group.classList.contains("hidden");
      group.style.display = hidden ? "none" : "";
      if (gone) group.setAttribute("transform", `translate(0 ${-gone})`);
      else group.removeAttribute("transform");
      if (hidden) gone += heights[n];
    });
    after.forEach((node) => node.setAttribute("transform", `translate(0 ${-gone})`));
    tall.forEach(([node, name, was]) => node.setAttribute(name, Math.max(0, was - gone)));
    svg.setAttribute("viewBox", [0, 0, size[2], size[3] - gone].join(" "));
    svg.setAttribute("height", size[3] - gone);
  }
  groups.forEach((group) => {
    const captions = [...group.querySelectorAll(":scope > text")].filter((t) => number(t, "x") === 0);
    const name = captions.filter((t) => t.getAttribute("font-weight")).map((t) => t.textContent).join(" ");
    group.dataset.name = name;
    const label = document.createElement("label");
    const tick = document.createElement("input");
    Object.assign(tick, { type: "checkbox", checked: true });
    tick.addEventListener("change", () => {
      group.classList.toggle("hidden", !tick.checked);
      collapse();
    });
    label.append(tick, ` ${name}`);
    tools.append(label);
  });

  // ---- findings: which events one rests on

  function mark(ids, chosen) {
    const wanted = new Set(ids);
    document.querySelectorAll("button.show").forEach((one) => {
      one.setAttribute("aria-pressed", String(one === chosen));
    });
    figure.classList.toggle("marking", ids.length > 0);
    const lit = marks.filter((node) => {
      const own = (node.dataset.events || "").split(" ");
      const hit = own.some((id) => wanted.has(id));
      node.classList.toggle("lit", hit);
      return hit;
    });
    if (ids.length) read(lit.length ? lit.map(titleOf) : ["The events of this finding are not in the figure."]);
  }
  document.querySelectorAll("button.show").forEach((one) => {
    one.addEventListener("click", () => {
      if (one.getAttribute("aria-pressed") === "true") return mark([], null);
      mark(one.dataset.events.split(" "), one);
      figure.scrollIntoView({ behavior: "smooth", block: "center" });
    });
  });

  // ---- paper: the whole course, and the workings that the reader has opened

  window.addEventListener("beforeprint", () => zoom(left, right));
})();
