/** One conversation: its turns, and how a question becomes an answer that grows. */

import { open } from "./api.js";
import { events } from "./stream.js";
import { words } from "./strings.js";
import { keep } from "./talks.js";

const MODEL = "photos";

export class Conversation {
  turns = [];
  #abort = null;

  constructor(kept) {
    this.id = kept?.id ?? crypto.randomUUID();
    this.turns = kept?.turns ?? [];
    for (const turn of this.turns) if (turn.state === "busy") turn.state = "stopped";
  }

  get busy() {
    return this.#abort !== null;
  }

  stop() {
    this.#abort?.abort();
  }

  /** Ask; `told(what)` is called with "found", "words" or "end" as the answer grows. */
  async ask({ text, large, small }, begin) {
    this.turns.push({ role: "user", text, small, picture: large });
    await this.#answer(begin);
  }

  /** Ask the last question again, in place of the answer it got. */
  async again(begin) {
    while (this.turns.at(-1)?.role === "assistant") this.turns.pop();
    if (this.turns.length) await this.#answer(begin);
  }

  async #answer(begin) {
    const turn = { role: "assistant", text: "", citations: [], found: [], searches: [], state: "busy" };
    const messages = this.turns.map(message);
    const asked = this.turns.at(-1).text;
    const earlier = new Set(this.turns.flatMap(({ found }) => found ?? []).map(({ id }) => id));
    this.turns.push(turn);
    const told = begin(turn);
    this.#abort = new AbortController();
    try {
      const headers = { "X-Timezone": Intl.DateTimeFormat().resolvedOptions().timeZone };
      const body = { model: MODEL, stream: true, messages };
      const response = await open("/v1/chat/completions", body, { headers, signal: this.#abort.signal });
      for await (const event of events(response)) take(turn, event, { told, earlier, asked });
      if (turn.state === "busy") Object.assign(turn, { state: "failed", problem: words.interrupted });
    } catch (error) {
      const stopped = error.name === "AbortError";
      const problem = error.name === "TypeError" ? words.interrupted : error.message;
      Object.assign(turn, stopped ? { state: "stopped" } : { state: "failed", problem });
    } finally {
      this.#abort = null;
      keep({ id: this.id, turns: this.turns });
      told("end");
    }
  }
}

/** A turn as the API takes it; the picture of a question goes with it while it is at hand. */
function message({ role, text, picture, small, citations }, index, turns) {
  // With what an answer rests on, a number means the same photo in every later turn.
  if (role === "assistant") return { role, content: text, context: { citations: citations.map(({ id }) => ({ id })) } };
  const last = index === turns.length - 1;
  const url = last && (picture ?? small);
  if (!url) return { role, content: text || words.untitled };
  return { role, content: [...(text ? [{ type: "text", text }] : []), { type: "image_url", image_url: { url } }] };
}

function take(turn, event, { told, earlier, asked }) {
  if (event.error) return Object.assign(turn, { state: "failed", problem: event.error.message });
  const choice = event.choices?.[0];
  const context = choice?.delta?.context;
  if (context) {
    turn.citations = (context.citations ?? []).map(slim);
    turn.found = fresh((context.photos?.length ? context.photos : turn.citations).map(slim), earlier);
    turn.searches = (context.searches ?? []).map(asParameters);
    turn.asked = asked;
    told("found");
  }
  if (choice?.delta?.content) {
    turn.text += choice.delta.content;
    told("words");
  }
  if (choice?.finish_reason) turn.state = choice.finish_reason === "length" ? "cut" : "done";
  return undefined;
}

/** The photos that were not there in an earlier turn; all of them when there is no other. */
function fresh(found, earlier) {
  const others = found.filter(({ id }) => !earlier.has(id));
  return others.length ? others : found;
}

const slim = ({ n, id, path, title, alt_text, width, height }) => ({
  ...{ n, id, path, title, alt_text, width, height },
  alt: alt_text || title || path,
});

/** A search of the chat as the parameters `/api/search` takes. */
function asParameters({ query, tags, colors, near, top: _, by: __, ...rest }) {
  const place = near && [near.latitude, near.longitude, near.km ?? 10].join(",");
  return { ...rest, q: query ?? "", tag: tags ?? [], color: colors ?? [], near: place ?? "" };
}
