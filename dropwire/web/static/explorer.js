// Conveniences of the search box; everything works without them.
"use strict";

function suggestionsOf(field) {
  return field.querySelector(".suggestions");
}

document.addEventListener("keydown", (event) => {
  const field = event.target.closest(".search-field");
  if (!field) return;
  const links = [...suggestionsOf(field).querySelectorAll("a")];
  const input = field.querySelector("input");
  const at = links.indexOf(document.activeElement);
  if (event.key === "Escape" && links.length) {
    suggestionsOf(field).replaceChildren();
    input.focus();
    event.preventDefault();
  } else if (event.key === "ArrowDown" && at + 1 < links.length) {
    links[at + 1].focus();
    event.preventDefault();
  } else if (event.key === "ArrowUp" && at >= 0) {
    (links[at - 1] ?? input).focus();
    event.preventDefault();
  }
});

// Suggestions cover what is below them: they go when one goes elsewhere.
document.addEventListener("focusin", (event) => {
  for (const field of document.querySelectorAll(".search-field")) {
    if (!field.contains(event.target)) suggestionsOf(field).replaceChildren();
  }
});
document.addEventListener("click", (event) => {
  for (const field of document.querySelectorAll(".search-field")) {
    if (!field.contains(event.target)) suggestionsOf(field).replaceChildren();
  }
});
