/* What every page has. */
import "./theme.js";
import "./drawer.js";
import "./dialog.js";
import "./copy.js";
import "./chats.js";
import "./chat-acts.js";
import "./palette.js";
import "./keys.js";
import "./live.js";
import "./maths.js";
import "./news.js";
import "./print.js";
import "./installed.js";
import "./notices.js";
