// The page works without this: it adds buttons that copy, and folds the contents on narrow screens.
(function () {
  "use strict";
  var contents = document.getElementById("contents");
  var narrow = window.matchMedia("(max-width: 70rem)");
  function fold() { contents.open = !narrow.matches; }
  fold();
  narrow.addEventListener("change", fold);
  contents.addEventListener("click", function (event) {
    if (event.target.tagName === "A" && narrow.matches) { contents.open = false; }
  });
  document.querySelectorAll("figure .picture").forEach(function (picture) {
    var image = picture.querySelector("img"), save = picture.parentNode.querySelector("a.save");
    save.hidden = false;
    save.addEventListener("click", function () { save.href = image.src; });
    save.href = "#";
  });
  function unfold() {
    var target = location.hash && document.getElementById(location.hash.slice(1));
    var folded = target && target.closest("details");
    if (folded) { folded.open = true; target.scrollIntoView(); }
  }
  window.addEventListener("hashchange", unfold);
  unfold();
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details.appendix").forEach(function (part) { part.open = true; });
  });
  function select(element) {
    var range = document.createRange();
    range.selectNodeContents(element);
    var selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }
  document.querySelectorAll("button.copy").forEach(function (button) {
    var text = button.parentNode.querySelector("pre");
    button.hidden = false;
    button.addEventListener("click", function () {
      function tell(word) {
        button.textContent = word;
        window.setTimeout(function () { button.textContent = "Copy"; }, 2000);
      }
      select(text);
      if (navigator.clipboard) {
        navigator.clipboard.writeText(text.textContent).then(function () { tell("Copied"); }, function () { tell("Selected"); });
      } else {
        tell(document.execCommand("copy") ? "Copied" : "Selected");
      }
    });
  });
}());
