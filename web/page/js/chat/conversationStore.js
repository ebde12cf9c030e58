/** Conversations, stored in this browser only. When its storage is full, the oldest are dropped. */

import { basePath } from "../basePath.js";

const STORAGE_KEY = `conversations${basePath}`; // others may lie beside us on this host
const MAX_CONVERSATIONS = 40;

export function loadConversations() {
  try {
    const stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "[]");
    return Array.isArray(stored) ? stored : [];
  } catch {
    return [];
  }
}

/** Store a conversation, the latest first, without the full-size images of its questions. */
export function saveConversation({ id, turns }) {
  const others = loadConversations().filter((each) => each.id !== id);
  const stored = { id, turns: turns.map(({ picture: _, ...turn }) => turn), at: new Date().toISOString() };
  write([stored, ...others].slice(0, MAX_CONVERSATIONS));
}

export const deleteConversation = (id) => write(loadConversations().filter((each) => each.id !== id));
export const deleteAllConversations = () => localStorage.removeItem(STORAGE_KEY);

function write(conversations) {
  for (let count = conversations.length; count >= 0; count -= 1) {
    try {
      localStorage.setItem(STORAGE_KEY, JSON.stringify(conversations.slice(0, count)));
      return;
    } catch {
      // full, or not allowed: try with fewer
    }
  }
}
