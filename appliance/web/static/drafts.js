// What was written but not saved outlives its page and its session: in this tab, for its writer.
// A form with data-draft is kept when its page goes; data-saved is the anchor of a page that saved it.
(function () {
  "use strict";
  var forms = Array.prototype.slice.call(document.querySelectorAll("form[data-draft]"));
  var isSigningOut = false;

  function fields(form) {
    return Array.prototype.filter.call(form.elements, function (field) { return field.name && field.type !== "hidden" && field.type !== "submit"; });
  }
  function value(field) { return field.type === "checkbox" ? field.checked : field.value; }
  function isChanged(field) {
    if (field.type === "checkbox") { return field.checked !== field.defaultChecked; }
    if (field.tagName !== "SELECT") { return field.value !== field.defaultValue; }
    return !Array.prototype.every.call(field.options, function (one) { return one.selected === one.defaultSelected; });
  }
  function isDirty(form) { return "returned" in form.dataset || fields(form).some(isChanged); }
  function kept(form) { return JSON.parse(sessionStorage.getItem(form.dataset.draft) || "null"); }

  function keep() {
    if (isSigningOut) { sessionStorage.clear(); return; }
    forms.forEach(function (form) {
      if (!isDirty(form)) { sessionStorage.removeItem(form.dataset.draft); return; }
      var written = { officer: form.dataset.officer, values: fields(form).map(value) };
      sessionStorage.setItem(form.dataset.draft, JSON.stringify(written));
    });
  }

  function offer(form) {
    var found = kept(form);
    var isSaved = location.hash === "#" + form.dataset.saved;
    if (isSaved) { history.replaceState(null, "", location.pathname); }
    if (!found) { return; }
    var all = fields(form);
    if (isSaved || found.officer !== form.dataset.officer || found.values.length !== all.length) {
      sessionStorage.removeItem(form.dataset.draft);
      return;
    }
    if ("returned" in form.dataset) { return; } // the box gave back what was sent
    all.forEach(function (field, i) {
      if (field.type === "checkbox") { field.checked = found.values[i]; } else { field.value = found.values[i]; }
    });
    form.querySelector("[data-kept]").hidden = false;
    if (form.parentElement.tagName === "DETAILS") { form.parentElement.open = true; }
  }

  Array.prototype.forEach.call(document.querySelectorAll("[data-said]"), function (line) {
    if (line.tagName === "P") { line.hidden = location.hash !== "#" + line.dataset.said; }
  });
  document.addEventListener("submit", function (event) { isSigningOut = /\/sign-out$/.test(event.target.action); });
  window.addEventListener("pagehide", keep);
  forms.forEach(offer);
}());
