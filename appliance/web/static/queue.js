// The queue without reload: asks once a second whether anything changed, and changes only that.
// Lines are told apart by data-key, so focus and a screen reader's place survive.
(function () {
  "use strict";
  var EVERY_MS = 1000; // an officer sees a ring while it rings (rings come every 2 to 5 s)
  var HIDDEN_MS = 5000; // behind another window only the title is seen
  var PATIENCE = 3; // polls missed before the page says that the box does not answer
  var queue = document.getElementById("queue");
  var stale = document.getElementById("stale");
  var mark = queue.dataset.mark;
  var missed = 0;
  var timer = 0; // 0 while an answer is awaited

  function ask() {
    timer = 0;
    fetch(queue.dataset.from, { headers: { "If-None-Match": '"' + mark + '"' }, credentials: "same-origin", cache: "no-store" })
      .then(function (answer) {
        if (answer.status === 401 || answer.status === 403) { location.replace(queue.dataset.signIn); return null; }
        if (answer.status === 423) { location.replace(queue.dataset.unlock); return null; }
        if (answer.status !== 200 && answer.status !== 304) { throw new Error(answer.status); }
        missed = 0;
        stale.hidden = true;
        if (answer.status === 304) { return null; }
        mark = (answer.headers.get("ETag") || "").replace(/^W\/|"/g, "");
        return answer.text().then(show);
      })
      .catch(function () {
        missed += 1;
        if (missed === PATIENCE) { stale.textContent = stale.dataset.gone; stale.hidden = false; }
      })
      .then(later);
  }

  function later() { timer = setTimeout(ask, document.hidden ? HIDDEN_MS : EVERY_MS); }

  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && timer) { clearTimeout(timer); ask(); }
  });

  function show(html) {
    var fresh = new DOMParser().parseFromString(html, "text/html");
    count(fresh.getElementById("unread").dataset.count);
    swap(document.getElementById("bar"), fresh.getElementById("bar"));
    merge(document.getElementById("live"), fresh.getElementById("live"));
    merge(document.getElementById("urgent"), fresh.getElementById("urgent"));
    merge(document.getElementById("lines"), fresh.getElementById("lines"));
    document.getElementById("urgent-part").hidden = fresh.getElementById("urgent-part").hidden;
  }

  function count(unread) {
    document.title = (unread === "0" ? "" : "(" + unread + ") ") + document.title.replace(/^\(\d+\) /, "");
  }

  function swap(old, now) {
    if (old.innerHTML !== now.innerHTML) { old.innerHTML = now.innerHTML; }
  }

  function merge(list, now) {
    var known = {};
    Array.prototype.forEach.call(list.children, function (item) { known[item.dataset.key] = item; });
    var wanted = Array.prototype.slice.call(now.children);
    var place = list.firstElementChild;
    wanted.forEach(function (item) {
      var old = known[item.dataset.key];
      delete known[item.dataset.key];
      if (!old) { list.insertBefore(document.importNode(item, true), place); return; }
      update(old, item);
      if (old === place) { place = place.nextElementSibling; } else { list.insertBefore(old, place); }
    });
    Object.keys(known).forEach(function (key) { list.removeChild(known[key]); });
  }

  function update(old, item) {
    var grow = old.querySelector("[data-grow]");
    if (!grow) {
      if (old.innerHTML !== item.innerHTML) { old.innerHTML = item.innerHTML; }
      old.className = item.className;
      return;
    }
    old.className = item.className;
    lengthen(grow, item.querySelector("[data-grow]").textContent);
    Array.prototype.forEach.call(item.querySelectorAll("[data-part]"), function (part) {
      swap(old.querySelector('[data-part="' + part.dataset.part + '"]'), part);
    });
  }

  function lengthen(element, text) { // appended words are read out alone, a new text whole
    var had = element.textContent;
    if (text === had) { return; }
    if (had && text.indexOf(had) === 0) { element.appendChild(document.createTextNode(text.slice(had.length))); }
    else { element.textContent = text; }
  }

  later();
}());
