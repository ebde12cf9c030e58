/** Conversations, kept in this browser only. When its store is full the oldest make room. */

const KEPT = "conversations";
const MOST = 40;

export function all() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

/** Keep a conversation, the latest first. */
export function keep(talk) {
  const others = all().filter(({ id }) => id !== talk.id);
  const lean = { ...talk, turns: talk.turns.map(({ picture: _, ...turn }) => turn), at: new Date().toISOString() };
  write([lean, ...others].slice(0, MOST));
}

export const erase = (id) => write(all().filter((talk) => talk.id !== id));
export const eraseAll = () => localStorage.removeItem(KEPT);

function write(talks) {
  for (let count = talks.length; count >= 0; count -= 1) {
    try {
      return localStorage.setItem(KEPT, JSON.stringify(talks.slice(0, count)));
    } catch {
      // full, or not allowed: try with fewer
    }
  }
  return undefined;
}
