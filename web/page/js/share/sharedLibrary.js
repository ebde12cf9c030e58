/** What the server tells a visitor of a share: they have its token, and nothing else. */

import { basePath } from "../basePath.js";
import { strings } from "../strings.js";

const PASS = "share-pass"; // in the storage of this tab, by the token's last characters

class ShareError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The token of the address, which stays behind the `#`: there no server and no other page gets it. */
export function takeToken() {
  const inPath = location.pathname.match(/\/s\/([\w-]+)$/)?.[1];
  if (inPath) history.replaceState(null, "", `${basePath}/s/#${inPath}`);
  return location.hash.slice(1);
}

export class SharedLibrary {
  #token;
  #pass;

  constructor(token) {
    this.#token = token;
    this.#pass = sessionStorage.getItem(PASS + token.slice(-8)) ?? "";
  }

  view() {
    return this.#request("");
  }

  photos(skip, top) {
    return this.#request(`/photos?top=${top}&skip=${skip}`);
  }

  async original(id) {
    return (await this.#request(`/photos/${id}/original`)).url;
  }

  /** Tell the password, and remember in this tab that it was right. */
  async unlock(password) {
    const { password_pass: pass } = await this.#request("/pass", {
      method: "POST",
      body: JSON.stringify({ password }),
    });
    this.#pass = pass;
    sessionStorage.setItem(PASS + this.#token.slice(-8), pass);
  }

  async #request(path, options = {}) {
    const headers = { "x-share-token": this.#token, "Content-Type": "application/json" };
    if (this.#pass) headers["x-share-pass"] = this.#pass;
    const request = { ...options, headers, referrerPolicy: "no-referrer" };
    const response = await fetch(`${basePath}/api/shared${path}`, request).catch(() => null);
    if (!response) throw new ShareError(0, "", strings.noResponse);
    const body = await response.json().catch(() => null);
    if (response.ok) return body;
    throw new ShareError(response.status, body?.error?.code, sentence(response.status, body?.error));
  }
}

function sentence(status, error) {
  if (status === 404) return strings.shareOver;
  if (error?.code === "wrong_password") return strings.wrongPassword;
  return error?.message ?? strings.unknownStatus(status);
}
