import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";
import {getTimezone} from "./timezone";

/** Save what the buyer says about reminders as soon as the box is ticked or unticked. */
export class ReminderConsent extends Interaction {
    static selector = ".o_reminder_consent";
    dynamicContent = {
        "input[type='checkbox']": {"t-on-change": this.save},
        ".o_reminder_consent_error": {
            "t-att-class": () => ({"d-none": !this.hasFailed}),
        },
    };

    setup() {
        this.hasFailed = false;
    }

    async save(event) {
        const box = event.currentTarget;
        const isTicked = box.checked;
        const isSaved = await this.waitFor(this.send(isTicked));
        this.hasFailed = !isSaved;
        if (!isSaved && box.checked === isTicked) {
            box.checked = !isTicked; // The box shows what the shop knows
        }
    }

    /** Not through Odoo's rpc service: the request must outlive the page. */
    async send(isTicked) {
        const params = {
            box: this.el.dataset.box,
            is_ticked: isTicked,
            timezone: getTimezone(),
        };
        try {
            const response = await fetch("/shop/cart/consent", {
                method: "POST",
                headers: {"Content-Type": "application/json"},
                body: JSON.stringify({jsonrpc: "2.0", method: "call", params}),
                keepalive: true,
            });
            return response.ok && (await response.json()).result === true;
        } catch {
            return false;
        }
    }
}

registry
    .category("public.interactions")
    .add("website_sale_order_handling.reminder_consent", ReminderConsent);
