/* The documents page. */
import "./uploads.js";
import "./rows.js";
