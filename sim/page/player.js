// Moving through time: a slider, and a button that plays.

import { moment } from "./clock.js";
import { set } from "./elements.js";
import { fixed } from "./numbers.js";

const FRAME = 120; // milliseconds between two ticks
const CALM_FRAME = 700; // for a reader who wants less motion

/**
 * Joins a slider, a button and an output; `show(hour)` is called with every new moment.
 * Returns `go(tick)`, `hour()`, `play()`, and `until(hour)` for a time that has grown.
 */
export function player({ slider, button, output }, { ticks: all, start, shown }, show) {
  let ticks = [];
  function until(hour) {
    ticks = all.filter((each) => each <= hour);
    set(slider, { min: 0, max: ticks.length - 1, step: 1 });
  }
  until(shown);
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  let timer = null;

  function go(tick) {
    slider.value = tick;
    const hour = ticks[tick];
    const text = `day ${fixed(hour / 24, 1)}, ${moment(start, hour)}`;
    slider.setAttribute("aria-valuetext", text);
    output.textContent = text;
    show(hour);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    button.textContent = "▶ Play";
  }

  function play() {
    if (Number(slider.value) >= ticks.length - 1) go(0);
    button.textContent = "❚❚ Pause";
    clearInterval(timer);
    timer = setInterval(() => {
      const next = Number(slider.value) + 1;
      if (next >= ticks.length) stop();
      else go(next);
    }, calm.matches ? CALM_FRAME : FRAME);
  }

  slider.addEventListener("input", () => go(Number(slider.value)));
  button.addEventListener("click", () => (timer === null ? play() : stop()));
  stop();
  return { go, play, until, hour: () => ticks[Number(slider.value)] };
}
