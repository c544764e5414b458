import {Component, onWillUnmount, useEffect, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * A small picture of the mail that a step sends, drawn when it comes into sight.
 *
 * The field is the template, so that the picture follows another one that is chosen. The frame
 * allows nothing: no script, no form, no link.
 */
export class MailPictureField extends Component {
    static template = "website_sale_order_handling.MailPictureField";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.root = useRef("root");
        this.state = useState({isSeen: false, mail: null});
        this.observer = new IntersectionObserver((entries) => {
            this.state.isSeen = this.state.isSeen || entries.some((entry) => entry.isIntersecting);
        });
        useEffect(
            (element) => element && this.observer.observe(element),
            () => [this.root.el]
        );
        onWillUnmount(() => this.observer.disconnect());
        useEffect(
            (isSeen, stepId, templateId) => {
                if (isSeen && stepId) {
                    this.draw(stepId, templateId);
                }
            },
            () => [this.state.isSeen, this.stepId, this.templateId]
        );
    }

    get stepId() {
        return this.props.record.resId;
    }

    get templateId() {
        return this.props.record.data[this.props.name]?.id || null;
    }

    get note() {
        return this.stepId ? this.state.mail?.error : _t("The mail is shown when this is saved.");
    }

    async draw(stepId, templateId) {
        const mail = await this.orm.silent.call("recovery.step", "get_mail_picture", [
            [stepId],
            templateId,
        ]);
        // Another template may have been chosen meanwhile.
        if (stepId === this.stepId && templateId === this.templateId) {
            this.state.mail = mail;
        }
    }
}

registry.category("fields").add("mail_picture", {
    component: MailPictureField,
    displayName: _t("Picture of a Mail"),
    supportedTypes: ["many2one"],
});
