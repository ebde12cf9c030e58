/** When a finger that stays on a photo means it, rather than beginning to scroll. */

export const LONG_PRESS = 450; // milliseconds
export const STILL = 10; // pixels that it may move meanwhile
