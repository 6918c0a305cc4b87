(function () {
  "use strict";
  var figure = document.getElementById("figure"), readout = document.getElementById("readout");
  var svg = figure && figure.querySelector("svg");
  if (!svg) return;
  var whole = svg.getAttribute("viewBox").split(/\s+/).map(Number), view = whole.slice(), from = null;
  function show(box) { view = box; svg.setAttribute("viewBox", box.join(" ")); }
  function at(event) {
    var r = svg.getBoundingClientRect();
    return view[0] + (event.clientX - r.left) / r.width * view[2];
  }
  function titleOf(node) {
    for (; node && node !== svg; node = node.parentNode) {
      var t = node.querySelector && node.querySelector(":scope > title");
      if (t) return t.textContent;
    }
    return "";
  }
  svg.addEventListener("mousemove", function (event) { readout.textContent = titleOf(event.target); });
  svg.addEventListener("mousedown", function (event) { from = at(event); event.preventDefault(); });
  svg.addEventListener("mouseup", function (event) {
    var to = at(event), a = Math.min(from, to), b = Math.max(from, to);
    if (from !== null && b - a > view[2] / 50) {
      var h = whole[3] * (b - a) / whole[2], y = Math.max(0, Math.min(whole[3] - h, view[1]));
      show([a, y, b - a, h]);
    }
    from = null;
  });
  svg.addEventListener("dblclick", function () { show(whole.slice()); });
  svg.addEventListener("wheel", function (event) {
    if (!event.ctrlKey && view[2] === whole[2]) return;
    event.preventDefault();
    var k = event.deltaY > 0 ? 1.15 : 1 / 1.15, w = Math.min(whole[2], view[2] * k), x = at(event);
    var h = whole[3] * w / whole[2], r = svg.getBoundingClientRect();
    var y = view[1] + (event.clientY - r.top) / r.height * (view[3] - h);
    show([Math.max(0, Math.min(whole[2] - w, x - (x - view[0]) * w / view[2])),
      Math.max(0, Math.min(whole[3] - h, y)), w, h]);
  }, { passive: false });
  document.addEventListener("keydown", function (event) {
    var step = view[2] / 10;
    if (event.key === "Escape") { show(whole.slice()); mark([], null); }
    if (event.target !== document.body || view[2] === whole[2]) return;
    if (event.key === "ArrowLeft") show([Math.max(0, view[0] - step), view[1], view[2], view[3]]);
    if (event.key === "ArrowRight") show([Math.min(whole[2] - view[2], view[0] + step), view[1], view[2], view[3]]);
  });
  function mark(ids, button) {
    document.querySelectorAll("button.show").forEach(function (b) {
      b.setAttribute("aria-pressed", String(b === button));
    });
    figure.classList.toggle("marking", ids.length > 0);
    svg.querySelectorAll("[data-events]").forEach(function (node) {
      var own = node.getAttribute("data-events").split(" ");
      node.classList.toggle("lit", own.some(function (id) { return ids.indexOf(id) >= 0; }));
    });
  }
  document.querySelectorAll("button.show").forEach(function (button) {
    button.addEventListener("click", function () {
      var pressed = button.getAttribute("aria-pressed") === "true";
      mark(pressed ? [] : button.getAttribute("data-events").split(" "), button);
      if (pressed) button.setAttribute("aria-pressed", "false");
      if (!pressed) figure.scrollIntoView({ behavior: "smooth", block: "center" });
    });
  });
})();
