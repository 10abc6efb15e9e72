/* Takes off what questions are limited to, without losing what is written in the box.
   Usage: <ul data-scope> with chips, each with <a data-action="unscope">. */
import { on } from "./actions.js";

on("unscope", (link, event) => {
  event.preventDefault();
  const list = link.closest("[data-scope]");
  const box = link.closest("form").querySelector("textarea");
  link.closest("li").remove();
  if (!list.children.length) list.remove();
  box.focus();
});
