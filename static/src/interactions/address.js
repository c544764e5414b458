import {CustomerAddress} from "@portal/interactions/address";
import {patch} from "@web/core/utils/patch";
import {patchDynamicContent} from "@web/public/utils";
import {getTimezone} from "./timezone";

const TYPING_PAUSE = 700; // ms
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/;
const MIN_PHONE_DIGITS = 7;

/**
 * Keep the e-mail and phone of a buyer with the cart, as they are typed. The notice in the form
 * says so; where it is missing, nothing is kept. The checkout never waits for any of this.
 */
patch(CustomerAddress.prototype, {
    setup() {
        super.setup();
        if (!this.el.querySelector("#o_cart_capture_notice")) {
            return;
        }
        this.sentContact = "";
        this.captureLater = this.debounced(this.captureContact, TYPING_PAUSE);
        const onTyped = {"t-on-input": this.captureLater, "t-on-change": this.captureLater};
        patchDynamicContent(this.dynamicContent, {
            "input[name='email'], input[name='phone']": onTyped,
            _window: {"t-on-pagehide": this.captureContact.bind(this)},
            _document: {"t-on-visibilitychange": this.captureWhenHidden.bind(this)},
        });
    },

    /** The form itself tells the server: a second request beside it could only slow it down. */
    async saveAddress() {
        this.captureLater?.cancel();
        this.isSubmitting = Boolean(this.captureLater);
        try {
            return await super.saveAddress(...arguments);
        } finally {
            this.isSubmitting = false;
        }
    },

    captureWhenHidden() {
        if (document.visibilityState === "hidden") {
            this.captureContact();
        }
    },

    captureContact() {
        const contact = this._getTypedContact();
        const body = JSON.stringify({jsonrpc: "2.0", method: "call", params: contact});
        if (this.isSubmitting || body === this.sentContact || !(contact.email || contact.phone)) {
            return;
        }
        this.sentContact = body;
        // Not through Odoo's rpc service: a failure must not be shown, and the request must
        // outlive the page.
        fetch("/shop/cart/contact", {
            method: "POST",
            headers: {"Content-Type": "application/json"},
            body,
            keepalive: true,
        }).catch(() => {});
    },

    _getTypedContact() {
        const email = this.addressForm.email.value.trim();
        const phone = this.addressForm.phone.value.trim();
        const digits = phone.replace(/\D/g, "");
        return {
            email: EMAIL.test(email) ? email : "",
            phone: digits.length >= MIN_PHONE_DIGITS ? phone : "",
            country_code: this._getSelectedCountryCode() || "",
            timezone: getTimezone(),
        };
    },
});
