/** Who has signed in, and the way out, on which conversations do not stay behind; nothing where nobody signs in. */

import { basePath } from "./basePath.js";
import { deleteAllConversations } from "./chat/conversationStore.js";
import { button, h, setChildren } from "./dom.js";
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
      h("a", { href: address, onclick: deleteAllConversations }, strings.signOut),
    );
  }
}
