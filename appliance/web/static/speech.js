// Finding a word in a long list: entries that do not have the typed letters step aside.
(function () {
  "use strict";
  function folded(text) { // as the box compares: no tone marks, đ is d
    return text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  }
  function words(entry) {
    var typed = entry.querySelector("input");
    return folded(typed ? typed.value : entry.textContent);
  }
  Array.prototype.forEach.call(document.querySelectorAll(".wordlist"), function (list) {
    var filter = list.querySelector("[data-filter]");
    if (list.querySelectorAll(".entry").length < 15) { return; } // all of it is in sight
    var groups = Array.prototype.slice.call(list.querySelectorAll("details.group"));
    filter.closest("label").hidden = false;
    filter.addEventListener("input", function () {
      var wanted = folded(filter.value.trim());
      Array.prototype.forEach.call(list.querySelectorAll(".entry:not([data-new])"), function (entry) {
        entry.hidden = Boolean(wanted) && words(entry).indexOf(wanted) < 0;
      });
      groups.forEach(function (group) {
        var has = Boolean(group.querySelector(".entry:not([hidden])"));
        group.hidden = !has;
        group.open = Boolean(wanted) && has;
      });
    });
  });
}());
