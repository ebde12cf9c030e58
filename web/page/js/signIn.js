/** Asks people to sign in where the platform does that, and tells those without a role whom to ask. */

import { get } from "./api.js";
import { basePath } from "./basePath.js";
import { button, h, icon, setChildren } from "./dom.js";
import { strings } from "./strings.js";

/** The platform's address, which comes back to this one. */
export function comingBack(address, parameter, to) {
  return `${address}?${new URLSearchParams({ [parameter]: to })}`;
}

/**
 * Whoever visits is led away to sign in. Whoever has worked here before does so in another tab: nothing typed is lost,
 * and `onSignedIn` is called once they are back.
 */
export class SignInPrompt {
  #hasWorked = false;

  constructor(connection, { useKey, onSignedIn }) {
    this.useKey = useKey;
    this.onSignedIn = onSignedIn;
    this.dialog = h("dialog", { id: "sign-in", class: "lock-dialog", "aria-labelledby": "sign-in-title" });
    document.body.append(this.dialog);
    connection.addEventListener("signed-out", (event) => this.#askToSignIn(event.detail));
    connection.addEventListener("no-role", (event) => this.#askForRole(event.detail));
    window.addEventListener("focus", () => this.#look());
  }

  /** The server has answered somebody here. */
  rememberWork() {
    this.#hasWorked = true;
  }

  #askToSignIn(error) {
    const here = this.#hasWorked ? `${basePath}/` : location.pathname + location.search;
    const address = comingBack(error.sign_in, "post_login_redirect_uri", here);
    const link = { href: address, ...(this.#hasWorked && { target: "_blank" }) };
    this.#show(
      this.#hasWorked ? strings.sessionEnded : strings.signIn,
      h("p", {}, this.#hasWorked ? strings.sessionEndedHint : strings.signInHint),
      h("a", link, strings.signIn),
      button(strings.useKey, { class: "text-button", onclick: this.useKey }),
    );
  }

  #askForRole(error) {
    const address = comingBack(error.sign_out, "post_logout_redirect_uri", `${basePath}/`);
    const link = h("a", { href: address }, strings.signOut);
    this.#show(strings.noRole, h("p", {}, error.message), link);
  }

  #show(title, ...content) {
    if (this.dialog.open) return;
    setChildren(this.dialog, icon("lock"), h("h2", { id: "sign-in-title" }, title), content);
    this.dialog.showModal();
  }

  async #look() {
    if (!this.dialog.open || !this.#hasWorked) return;
    const me = await get("/api/me").catch(() => null);
    if (!me || !this.dialog.open) return;
    this.dialog.close();
    this.onSignedIn();
  }
}
