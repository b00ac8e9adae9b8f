// One message: the player, the words in step with it, and the words that are still growing.
(function () {
  "use strict";
  var STEP_S = 5; // arrow keys: far enough to hear a sentence again
  var EVERY_MS = 1000; // words are spoken about three a second
  var LOOK_MS = 30000; // whether the officer is still signed in
  var message = document.getElementById("message");
  var player = document.getElementById("player");
  var sound = document.getElementById("sound");
  var play = document.getElementById("play");
  var seek = document.getElementById("seek");
  var clock = document.getElementById("clock");
  var speed = document.getElementById("speed");
  var words = Array.prototype.slice.call(document.querySelectorAll(".w"));
  var starts = words.map(function (word) { return parseFloat(word.dataset.start); });
  var current = null;
  var dragging = false;

  function duration() { return isFinite(sound.duration) && sound.duration > 0 ? sound.duration : parseFloat(player.dataset.duration); }
  function pretty(seconds) { var s = Math.floor(seconds + 0.0001); return Math.floor(s / 60) + ":" + ("0" + s % 60).slice(-2); }

  function at(seconds) { // before the first sound is there, the place is remembered
    seconds = Math.max(0, Math.min(seconds, duration() || 0));
    if (sound.readyState > 0) { sound.currentTime = seconds; }
    else { sound.addEventListener("loadedmetadata", function () { sound.currentTime = seconds; }, { once: true }); }
    show(seconds);
  }

  function start() {
    var promise = sound.play();
    if (promise) { promise.catch(function () { /* the error event tells the officer */ play.focus(); }); }
  }

  function toggle() { if (sound.paused) { start(); } else { sound.pause(); } }

  function show(seconds) {
    if (!dragging) { seek.value = seconds; }
    clock.textContent = pretty(seconds) + " / " + pretty(duration() || 0);
    seek.setAttribute("aria-valuetext", clock.textContent);
    light(seconds);
  }

  function light(seconds) { // the last word that has begun, until the next one or its end
    var low = 0, high = starts.length;
    while (low < high) { var middle = (low + high) >> 1; if (starts[middle] <= seconds + 0.02) { low = middle + 1; } else { high = middle; } }
    var word = low ? words[low - 1] : null;
    if (word && seconds > parseFloat(word.dataset.end) + 0.3) { word = null; }
    if (word === current) { return; }
    if (current) { current.classList.remove("now"); current.removeAttribute("aria-current"); }
    current = word;
    if (!word) { return; }
    word.classList.add("now");
    word.setAttribute("aria-current", "true");
    if (!document.activeElement.classList.contains("w")) { rove(word); }
  }

  function rove(word) { // one stop of the Tab key for the whole text
    words.forEach(function (other) { other.tabIndex = other === word ? 0 : -1; });
  }

  function follow() { show(sound.currentTime); if (!sound.paused) { requestAnimationFrame(follow); } }

  function dress() {
    player.classList.toggle("playing", !sound.paused);
    play.setAttribute("aria-label", sound.paused ? play.dataset.play : play.dataset.pause);
  }

  function keys(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) { return; }
    var tag = event.target.tagName;
    var typing = tag === "TEXTAREA" || tag === "SELECT" || (tag === "INPUT" && event.target !== seek);
    if (event.key === "Escape" && !typing) { location.href = document.getElementById("back").href; return; }
    if (typing) { return; }
    if (event.key === " " && tag !== "BUTTON" && tag !== "A") { toggle(); }
    else if (event.key === " " && event.target.classList.contains("w")) { toggle(); }
    else if (event.key === "ArrowLeft") { at(sound.currentTime - STEP_S); }
    else if (event.key === "ArrowRight") { at(sound.currentTime + STEP_S); }
    else { return; }
    event.preventDefault();
  }

  sound.removeAttribute("controls");
  document.getElementById("controls").hidden = false;
  player.classList.add("ready");
  play.addEventListener("click", toggle);
  seek.addEventListener("input", function () { dragging = true; clock.textContent = pretty(seek.value) + " / " + pretty(duration() || 0); });
  seek.addEventListener("change", function () { dragging = false; at(parseFloat(seek.value)); });
  speed.addEventListener("change", function () { sound.playbackRate = parseFloat(speed.value); });
  sound.addEventListener("loadedmetadata", function () { seek.max = sound.duration; sound.playbackRate = parseFloat(speed.value); });
  sound.addEventListener("play", function () { dress(); follow(); });
  sound.addEventListener("pause", dress);
  sound.addEventListener("ended", dress);
  sound.addEventListener("seeked", function () { show(sound.currentTime); });
  sound.addEventListener("error", function () { document.getElementById("sound-fault").hidden = false; });
  words.forEach(function (word) {
    word.addEventListener("click", function () { rove(word); at(parseFloat(word.dataset.start)); start(); });
  });
  document.addEventListener("keydown", keys);

  // ------------------------------------------------ words that are still being spoken
  var grow = document.getElementById("grow");
  var note = document.getElementById("note");
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
    sound.pause();
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
  }
  later();

  // ------------------------------------------------ a half-written note outlives page and session
  var KEPT = "note"; // in this tab only, and offered to its writer only
  var isSigningOut = false;
  function kept() {
    var found = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    return found && found.message === message.dataset.id ? found : null;
  }
  function keep() {
    if (note.value.trim() && !isSigningOut) {
      sessionStorage.setItem(KEPT, JSON.stringify({ message: message.dataset.id, officer: message.dataset.officer, text: note.value }));
    } else if (isSigningOut || kept()) { sessionStorage.removeItem(KEPT); }
  }
  function offer() {
    var found = kept();
    var isSaved = location.hash === "#noted";
    if (isSaved) { history.replaceState(null, "", location.pathname); }
    if (!found) { return; }
    if (isSaved || found.officer !== message.dataset.officer) { sessionStorage.removeItem(KEPT); return; }
    if (note.value) { return; }
    note.value = found.text;
    document.getElementById("kept").hidden = false;
  }
  document.addEventListener("submit", function (event) { isSigningOut = /\/sign-out$/.test(event.target.action); });
  window.addEventListener("pagehide", keep);
  offer();
}());
