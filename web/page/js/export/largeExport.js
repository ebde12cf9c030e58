/** Waits for an export that is too large for one response, and that a job of the server makes. */

import { ApiError, get, remove } from "../api.js";
import { strings } from "../strings.js";

const POLL = 2000; // milliseconds

/** Resolves to the `url` and the `size` of the file; an ApiError where the job failed. Who aborts ends the job as well. */
export async function waitForExport(job, signal) {
  try {
    let { state, error, result } = job;
    while (state === "waiting" || state === "running") {
      await pause(signal);
      ({ state, error, result } = await get(`/api/exports/${job.id}`, [], { signal }));
    }
    if (state !== "done") throw new ApiError(500, error || strings.exportCancelled);
    return { url: result.url, size: result.size_bytes };
  } catch (error) {
    // Where the key may not change anything, the job goes on, and its file goes with time.
    if (error.name === "AbortError") remove(`/api/jobs/${job.id}`).catch(() => {});
    throw error;
  }
}

function pause(signal) {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, POLL);
    signal.addEventListener("abort", abort, { once: true });
  });
}
