/* The chat page: its parts bind themselves; what is under way is followed. */
import "./site.js";
import "./send.js";
import "./branches.js";
import "./feedback.js";
import "./speak.js";
import "./thoughts.js";
import "./follow-ups.js";
import "./effort.js";
import "./record.js";
import "./suggest.js";
import "./chat-keys.js";
import { follow } from "./stream.js";

follow(document);
