// What is wider than its frame is marked, so that the style sheet can say that it scrolls.
(function () {
  "use strict";
  function mark() {
    document.querySelectorAll(".scroll, article figure, article p, .table-wrapper, .output_subarea").forEach(function (frame) {
      var scrolls = getComputedStyle(frame).overflowX === "auto";
      frame.classList.toggle("wide", scrolls && frame.scrollWidth > frame.clientWidth + 1);
    });
  }
  window.addEventListener("load", mark);
  window.addEventListener("resize", mark);
  document.addEventListener("toggle", mark, true);
}());
