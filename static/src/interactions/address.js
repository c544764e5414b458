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
        if (!this.el.querySelector("#o_cart_capture_notice[data-captures]")) {
            return;
        }
        this.sentContact = "";
        this.typedInto = new Set();
        this.captureLater = this.debounced(this.captureContact, TYPING_PAUSE);
        const noteTyped = (ev) => {
            this.typedInto.add(ev.currentTarget.name);
            this.captureLater();
        };
        const onTyped = {"t-on-input": noteTyped, "t-on-change": noteTyped};
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
        const isSilent = contact.email === undefined && contact.phone === undefined;
        if (this.isSubmitting || body === this.sentContact || isSilent) {
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

    /** A field that was emptied is sent, to be taken back; one that is half typed is left out. */
    _getTypedContact() {
        const isPhone = (text) => text.replace(/\D/g, "").length >= MIN_PHONE_DIGITS;
        return {
            email: this._getTyped("email", (text) => EMAIL.test(text)),
            phone: this._getTyped("phone", isPhone),
            country_code: this._getSelectedCountryCode() || "",
            timezone: getTimezone(),
        };
    },

    _getTyped(name, isWhole) {
        const text = this.addressForm[name].value.trim();
        const isSaid = text ? isWhole(text) : this.typedInto.has(name);
        return isSaid ? text : undefined;
    },
});
