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
