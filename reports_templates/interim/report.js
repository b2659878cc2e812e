(function () {
  "use strict";
  document.documentElement.classList.add("js");
  var all = function (query) { return Array.prototype.slice.call(document.querySelectorAll(query)); };
  var box = document.getElementById("mark");
  var status = document.getElementById("status");
  var known = {};
  all("[data-p]").forEach(function (mark) {
    var who = mark.getAttribute("data-p");
    (known[who] = known[who] || []).push(mark);
  });
  var marked = "";
  function show(who) {
    (known[marked] || []).forEach(function (mark) { mark.classList.remove("hl"); });
    marked = known[who] ? who : "";
    (known[marked] || []).forEach(function (mark) {
      mark.classList.add("hl");
      if (mark.tagName === "path") { mark.parentNode.appendChild(mark); }
    });
    if (status) { status.textContent = marked ? marked + " is marked." : who ? "No mark of " + who + " on this page." : ""; }
  }
  if (box) {
    box.addEventListener("input", function () {
      var who = box.value.trim().toUpperCase();
      show(known[who] ? who : box.value.trim());
    });
  }
  document.addEventListener("click", function (event) {
    var mark = event.target.closest && event.target.closest("[data-p]");
    if (!mark || event.target.closest("a,button,summary,input")) { return; }
    var who = mark.getAttribute("data-p");
    who = who === marked ? "" : who;
    if (box) { box.value = who; }
    show(who);
  });
  var buttons = all("#controls button");
  buttons.forEach(function (button) {
    button.addEventListener("click", function () {
      var role = button.getAttribute("data-role");
      buttons.forEach(function (other) { other.setAttribute("aria-pressed", String(other === button)); });
      all(".attention tbody tr").forEach(function (row) {
        row.hidden = role !== "" && row.getAttribute("data-roles").split(" ").indexOf(role) < 0;
      });
    });
  });
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") { if (box) { box.value = ""; } show(""); } });
}());
