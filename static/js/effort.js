/* Offers how long to think where the chosen model can be told. Usage: <select id="effort"
   data-thinkers="names between bars">. */
const effort = document.getElementById("effort");
const model = document.getElementById("model");

if (effort && model) {
  const thinkers = effort.dataset.thinkers.split("|");
  const show = () => (effort.hidden = !thinkers.includes(model.value));
  model.addEventListener("change", show);
  show();
}
