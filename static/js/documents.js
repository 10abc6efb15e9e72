/* The documents page. */
import "./site.js";
import "./uploads.js";
import "./rows.js";
