"use strict";
// Draws the charts in place of the still pictures, as wide as their places.
const specs = JSON.parse(document.getElementById("specs").textContent);
const drawn = Array.from(document.querySelectorAll(".live"), (place) => {
  const still = place.nextElementSibling;
  place.hidden = false;
  return vegaEmbed(place, specs[place.dataset.chart], { actions: false, renderer: "svg" }).then(
    () => still.classList.add("drawn"),
    (error) => {
      place.hidden = true;
      throw error;
    },
  );
});
Promise.all(drawn).then(() => document.documentElement.classList.add("ready"));

// The table of all metrics is long: closed until somebody opens a topic, follows a link into it, or prints.
const topics = Array.from(document.querySelectorAll(".topic"));
const reveal = () => {
  const topic = document.getElementById(location.hash.slice(1))?.closest(".topic");
  if (topic) topic.open = true;
};
topics.forEach((topic) => (topic.open = false));
reveal();
addEventListener("hashchange", reveal);
let closed = [];
addEventListener("beforeprint", () => {
  closed = topics.filter((topic) => !topic.open);
  closed.forEach((topic) => (topic.open = true));
});
addEventListener("afterprint", () => closed.forEach((topic) => (topic.open = false)));
