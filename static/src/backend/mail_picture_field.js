import {Component, onWillUnmount, useEffect, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * A small picture of what a step sends, drawn when it comes into sight: a mail, or a text in a
 * speech bubble.
 *
 * The field is the template, so that the picture follows another one that is chosen. The frame
 * allows nothing: no script, no form, no link.
 *
 * Options: `step`, the field that names the step where the record is none itself; `way`, the field
 * that names another of its ways; `look`, "phone" for the mail as it is read on one.
 */
export class MailPictureField extends Component {
    static template = "website_sale_order_handling.MailPictureField";
    static props = {
        ...standardFieldProps,
        step: {type: String, optional: true},
        way: {type: String, optional: true},
        look: {type: String, optional: true},
    };

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
            (isSeen, stepId, templateId, wayId) => {
                if (isSeen && stepId) {
                    this.draw(stepId, templateId, wayId);
                }
            },
            () => [this.state.isSeen, this.stepId, this.templateId, this.wayId]
        );
    }

    get stepId() {
        const {record, step} = this.props;
        return step ? record.data[step]?.id : record.resId;
    }

    get wayId() {
        const {record, way} = this.props;
        return (way && record.data[way]?.id) || null;
    }

    get isPhone() {
        return this.props.look === "phone";
    }

    get templateId() {
        return this.props.record.data[this.props.name]?.id || null;
    }

    get note() {
        return this.stepId ? this.state.mail?.error : _t("The mail is shown when this is saved.");
    }

    async draw(stepId, templateId, wayId) {
        const mail = await this.orm.silent.call("recovery.step", "get_mail_picture", [
            [stepId],
            templateId,
            wayId,
        ]);
        // Another template may have been chosen meanwhile.
        if (stepId === this.stepId && templateId === this.templateId && wayId === this.wayId) {
            this.state.mail = mail;
        }
    }
}

registry.category("fields").add("mail_picture", {
    component: MailPictureField,
    displayName: _t("Picture of a Mail"),
    supportedTypes: ["many2one"],
    supportedOptions: [
        {label: _t("Step"), name: "step", type: "field", availableTypes: ["many2one"]},
        {label: _t("Way"), name: "way", type: "field", availableTypes: ["many2one"]},
        {label: _t("Look"), name: "look", type: "string"},
    ],
    extractProps: ({options}) => ({
        step: options.step,
        way: options.way,
        look: options.look,
    }),
});
