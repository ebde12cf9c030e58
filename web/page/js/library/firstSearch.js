/**
 * Asks for the photos of the address, and who asks, before the rest of the page is there: a script of its own, which runs
 * first.
 */

import { askEarly } from "../earlyResponses.js";
import { takeKeyFromUrl } from "../functionKey.js";
import { OWN_ORDER, searchParams, state } from "../urlState.js";
import { firstPage } from "./firstPage.js";

takeKeyFromUrl();
askEarly("/api/me");
// A collection in its own order is another request, for which it has to be known first.
if (state.sort !== OWN_ORDER) askEarly(`/api/search?${new URLSearchParams(firstPage(searchParams(state)))}`);
