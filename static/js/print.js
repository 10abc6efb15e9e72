/* Usage: <button data-action="print">. */
import { on } from "./actions.js";

on("print", () => window.print());
