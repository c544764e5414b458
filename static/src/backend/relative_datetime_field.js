import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatDateTime} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** Shows a moment as people say it, "2 hours ago"; the exact time is in the tooltip. */
export class RelativeDatetimeField extends Component {
    static template = "website_sale_order_handling.RelativeDatetimeField";
    static props = {...standardFieldProps};

    get value() {
        return this.props.record.data[this.props.name];
    }

    get relative() {
        return this.value ? this.value.toRelative() : "";
    }

    get exact() {
        return this.value ? formatDateTime(this.value) : "";
    }
}

registry.category("fields").add("relative_datetime", {
    component: RelativeDatetimeField,
    displayName: _t("Relative Date & Time"),
    supportedTypes: ["datetime"],
    listViewWidth: [110],
});
