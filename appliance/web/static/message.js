// One message: words that are still growing, and proposed names that an officer takes over.
(function () {
  "use strict";
  var EVERY_MS = 1000; // words are spoken about three a second
  var LOOK_MS = 30000; // whether the officer is still signed in
  var message = document.getElementById("message");
  var sound = document.getElementById("sound");
  var note = document.getElementById("note");

  // ------------------------------------------------ words that are still being spoken
  var grow = document.getElementById("grow");
  function ask() {
    fetch(message.dataset.live, { credentials: "same-origin", cache: "no-store" })
      .then(function (answer) {
        if (answer.status === 401 || answer.status === 403) { leave(message.dataset.signIn); return null; }
        if (answer.status === 423) { leave(message.dataset.unlock); return null; }
        return answer.ok && grow ? answer.json().then(lengthen) : null;
      })
      .catch(function () { return null; /* the box restarts: ask again */ })
      .then(later);
  }
  function later() { setTimeout(ask, grow ? EVERY_MS : LOOK_MS); }
  function leave(where) { // nothing stays readable on a desk nobody sits at
    if (sound) { sound.pause(); } // a text message has none
    document.body.hidden = true;
    location.replace(where);
  }
  function lengthen(live) {
    if (!live.unfinished && sound.paused && !note.value) { location.reload(); return; }
    var text = live.words.map(function (word) { return word.word; }).join(" ");
    var had = grow.textContent;
    if (text !== had) {
      if (had && text.indexOf(had) === 0) { grow.appendChild(document.createTextNode(text.slice(had.length))); }
      else { grow.textContent = text; }
    }
    document.getElementById("partial").textContent = live.partial;
    var verdict = document.getElementById("verdict");
    if (verdict.dataset.had !== live.verdict) { verdict.innerHTML = verdict.dataset.had = live.verdict; }
  }
  later();

  // ------------------------------------------------ a proposed name goes into the correction
  var correction = document.getElementById("correction");
  var accepted = document.getElementById("accepted");
  function escaped(text) { return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"); }

  function swap(from, to, nth) { // the nth place of these words, or the last one that is left
    var pattern = new RegExp("(^|\\s)" + from.split(" ").map(escaped).join("\\s+") + "(?=[\\s.,;:!?]|$)", "g");
    var found = null, one = pattern.exec(correction.value);
    for (var i = 0; one && i <= nth; i += 1) { found = one; one = pattern.exec(correction.value); }
    if (!found) { return false; }
    var start = found.index + found[1].length;
    correction.setRangeText(to, start, found.index + found[0].length, "end");
    return true;
  }

  function take(button) {
    var isTaken = button.getAttribute("aria-pressed") === "true";
    var from = isTaken ? button.dataset.name : button.dataset.said;
    var to = isTaken ? button.dataset.said : button.dataset.name;
    document.getElementById("correcting").open = true;
    if (!swap(from, to, isTaken ? 0 : Number(button.dataset.nth))) {
      accepted.textContent = accepted.dataset.gone + " " + from;
      return;
    }
    button.setAttribute("aria-pressed", String(!isTaken));
    accepted.textContent = accepted.dataset.done + " " + to;
  }

  Array.prototype.forEach.call(document.querySelectorAll(".maybe"), function (button) {
    button.addEventListener("click", function () { take(button); });
  });
}());
