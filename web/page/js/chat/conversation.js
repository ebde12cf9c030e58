/**
 * One conversation: its turns, and how a question becomes an answer that grows.
 *
 * Turns are stored in the browser, so their keys and states keep their spelling: a question has
 * `text`, `small` and `picture` (its image) and `collection` (the id of the one it is about); an answer has `text`, `citations`, `found` (photos),
 * `searches`, `proposals` (each with its `outcome` once it is decided), `asked` (the question), `verdict` (up or down), `problem` and `state`: busy, done, cut, stopped or failed.
 */

import { postRaw } from "../api.js";
import { shownCollection } from "../collections/collections.js";
import { captionLanguage, UNKNOWN } from "../languages.js";
import { strings } from "../strings.js";
import { saveConversation } from "./conversationStore.js";
import { serverSentEvents } from "./serverSentEvents.js";

const MODEL = "photos";

export class Conversation {
  turns = [];
  #abort = null;

  constructor(stored) {
    this.id = stored?.id ?? randomId();
    this.turns = stored?.turns ?? [];
    for (const turn of this.turns) if (turn.state === "busy") turn.state = "stopped";
  }

  get isBusy() {
    return this.#abort !== null;
  }

  stop() {
    this.#abort?.abort();
  }

  /** Keep what has changed in its turns. */
  save() {
    saveConversation(this);
  }

  /**
   * Ask a question. `onStart(turn)` is called with the answer that begins and returns a listener,
   * which is called with "photos", "text" or "end" as the answer grows.
   */
  async ask({ text, large, small }, onStart) {
    this.turns.push({ role: "user", text, small, picture: large, collection: shownCollection()?.id });
    await this.#answer(onStart);
  }

  /** Ask the last question again, in place of its answer. */
  async askAgain(onStart) {
    while (this.turns.at(-1)?.role === "assistant") this.turns.pop();
    if (this.turns.length) await this.#answer(onStart);
  }

  async #answer(onStart) {
    const turn = { role: "assistant", text: "", citations: [], found: [], searches: [], state: "busy" };
    const messages = this.turns.map(toMessage);
    turn.asked = this.turns.at(-1).text;
    const earlierIds = new Set(this.turns.flatMap(({ found }) => found ?? []).map(({ id }) => id));
    this.turns.push(turn);
    const listener = onStart(turn);
    this.#abort = new AbortController();
    try {
      const headers = { "X-Timezone": Intl.DateTimeFormat().resolvedOptions().timeZone };
      const { collection } = this.turns.findLast(({ role }) => role === "user");
      const body = { model: MODEL, stream: true, messages, ...(collection && { collection }) };
      const response = await postRaw("/v1/chat/completions", body, { headers, signal: this.#abort.signal });
      for await (const event of serverSentEvents(response)) applyEvent(turn, event, listener, earlierIds);
      if (turn.state === "busy") Object.assign(turn, { state: "failed", problem: strings.interrupted });
    } catch (error) {
      const isStopped = error.name === "AbortError";
      const problem = error.name === "TypeError" ? strings.interrupted : error.message;
      Object.assign(turn, isStopped ? { state: "stopped" } : { state: "failed", problem });
    } finally {
      this.#abort = null;
      saveConversation(this);
      listener("end");
    }
  }
}

/** A turn as the API takes it; only the last question is sent with its image. */
function toMessage({ role, text, picture, small, citations }, index, turns) {
  // With the citations of an answer, a number means the same photo in every later turn.
  if (role === "assistant") return { role, content: text, context: { citations: citations.map(({ id }) => ({ id })) } };
  const isLast = index === turns.length - 1;
  const url = isLast && (picture ?? small);
  if (!url) return { role, content: text || strings.imageOnly };
  return { role, content: [...(text ? [{ type: "text", text }] : []), { type: "image_url", image_url: { url } }] };
}

function applyEvent(turn, event, listener, earlierIds) {
  if (event.error) {
    Object.assign(turn, { state: "failed", problem: event.error.message });
    return;
  }
  const choice = event.choices?.[0];
  // What the first search found is in the delta; what tools find later is beside it, and at the end what is cited.
  const context = choice?.delta?.context ?? event.context;
  if (context?.photos) {
    turn.citations = (context.citations ?? []).map(summary);
    const photos = context.photos?.length ? context.photos.map(summary) : turn.citations;
    turn.found = withoutEarlier(photos, earlierIds);
    turn.searches = (context.searches ?? []).map(toSearchParameters);
    listener("photos");
  }
  if (context?.proposals) turn.proposals = context.proposals;
  if (choice?.delta?.content) {
    turn.text += choice.delta.content;
    listener("text");
  }
  if (choice?.finish_reason) turn.state = choice.finish_reason === "length" ? "cut" : "done";
}

/** The photos that no earlier turn has shown; all of them when there is no other. */
function withoutEarlier(photos, earlierIds) {
  const others = photos.filter(({ id }) => !earlierIds.has(id));
  return others.length ? others : photos;
}

const summary = ({ n, id, path, title, alt_text, caption_language, width, height }) => ({
  ...{ n, id, path, title, alt_text, caption_language, width, height },
  alt: alt_text || title || path,
  lang: alt_text || title ? captionLanguage({ caption_language }) : UNKNOWN,
});

/** A search of the chat as the parameters `/api/search` takes. */
function toSearchParameters({ query, tags, colors, near, top: _, by: __, ...others }) {
  const point = near && [near.latitude, near.longitude, near.km ?? 10].join(",");
  return { ...others, q: query ?? "", tag: tags ?? [], color: colors ?? [], near: point ?? "" };
}

/** A name nobody else makes; `crypto.randomUUID` exists only in secure contexts. */
function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
