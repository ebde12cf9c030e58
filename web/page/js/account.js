/**
 * Who has signed in, and the way out, on which neither conversations nor the last view stay behind; nothing where nobody
 * signs in.
 */

import { basePath } from "./basePath.js";
import { deleteAllConversations } from "./chat/conversationStore.js";
import { button, h, setChildren } from "./dom.js";
import { forgetLastView } from "./offline/offline.js";
import { comingBack } from "./signIn.js";
import { strings } from "./strings.js";

export class AccountMenu {
  constructor() {
    this.button = button(strings.account, { icon: "person", iconOnly: true, id: "account" });
    this.button.setAttribute("popovertarget", "account-menu");
    this.menu = h("div", { id: "account-menu", popover: "auto" });
    this.element = h("div", { class: "account", hidden: true }, this.button, this.menu);
  }

  /** Show the caller, as `/api/me` tells; null while that is not known. */
  show(me) {
    this.element.hidden = !me?.signed_in;
    if (!me?.signed_in) return;
    const address = comingBack(me.sign_out, "post_logout_redirect_uri", `${basePath}/`);
    setChildren(
      this.menu,
      h("p", {}, h("strong", {}, me.name), h("span", {}, strings.roles[me.role])),
      me.groups_missing && h("p", {}, strings.groupsMissing),
      h("a", { href: address, onclick: leave }, strings.signOut),
    );
  }
}

/** The browser follows the link once all is deleted, lest it be gone before. */
async function leave(event) {
  deleteAllConversations();
  const { href } = event.currentTarget;
  const isHere = !(event.metaKey || event.ctrlKey || event.shiftKey || event.button);
  if (isHere) event.preventDefault();
  await forgetLastView().catch(() => {});
  if (isHere) location.assign(href);
}
