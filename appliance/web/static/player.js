// The player of one message, and the words in step with it: in each text that is shown.
(function () {
  "use strict";
  var STEP_S = 5; // arrow keys: far enough to hear a sentence again
  var player = document.getElementById("player");
  var sound = document.getElementById("sound");
  var play = document.getElementById("play");
  var seek = document.getElementById("seek");
  var clock = document.getElementById("clock");
  var speed = document.getElementById("speed");
  var texts = Array.prototype.map.call(document.querySelectorAll(".transcript"), text).filter(function (one) { return one.words.length; });
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
    texts.forEach(function (one) { light(one, seconds); });
  }

  function text(element) { // the same moment is another word in each text
    var words = Array.prototype.slice.call(element.querySelectorAll(".w"));
    return { words: words, starts: words.map(function (word) { return parseFloat(word.dataset.start); }), current: null };
  }

  function light(one, seconds) { // the last word that has begun, until the next one or its end
    var low = 0, high = one.starts.length;
    while (low < high) { var middle = (low + high) >> 1; if (one.starts[middle] <= seconds + 0.02) { low = middle + 1; } else { high = middle; } }
    var word = low ? one.words[low - 1] : null;
    if (word && seconds > parseFloat(word.dataset.end) + 0.3) { word = null; }
    if (word === one.current) { return; }
    if (one.current) { one.current.classList.remove("now"); one.current.removeAttribute("aria-current"); }
    one.current = word;
    if (!word) { return; }
    word.classList.add("now");
    word.setAttribute("aria-current", "true");
    if (!document.activeElement.classList.contains("w")) { rove(one, word); }
  }

  function rove(one, word) { // one stop of the Tab key for a whole text
    one.words.forEach(function (other) { other.tabIndex = other === word ? 0 : -1; });
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
    if (event.key === " " && ["BUTTON", "A", "SUMMARY"].indexOf(tag) < 0) { toggle(); }
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
  texts.forEach(function (one) {
    one.words.forEach(function (word) {
      word.addEventListener("click", function () { rove(one, word); at(parseFloat(word.dataset.start)); start(); });
    });
  });
  document.addEventListener("keydown", keys);
}());
